"""Brings what one environment runs into the file of another one."""
