"""Reads what a custom resource says of itself, where no row knows its kind.

The rules are kstatus' (Stalled, Reconciling, observedGeneration), and habits that most controllers
share. One good word proves nothing while another part of the status says otherwise, so each part is
heard, and the worst one counts.

Source: https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus
"""
