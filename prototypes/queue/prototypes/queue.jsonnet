// @apiVersion 0.1
// @name io.kuplet.pkg.queue
// @description A queue of Kueue: how much CPU, memory and GPUs the jobs of a team may use at a time. Jobs
// and servers name it in their parameter queue; they start when there is room for all of their pods.
// Makes a LocalQueue, the ClusterQueue with the quotas, and a ResourceFlavor for each sort of nodes.
// @shortDescription A queue with quotas, for Kueue
// @optionalParam name string  Name of the LocalQueue; the component's name when empty
// @optionalParam namespace string  Namespace; the environment's when empty
// @optionalParam cluster_queue string  Name of the ClusterQueue, and what names of flavors begin with; NAMESPACE-NAME when empty
// @optionalParam local_queues array [] Names of further LocalQueues, which share the quotas
// @optionalParam namespaces array [] Further namespaces that get the same LocalQueues
// @optionalParam quotas object {} What all jobs together may use, by resource: cpu, memory, nvidia.com/gpu; instead of flavors
// @optionalParam node_labels object {} Labels of the nodes that count; all nodes when empty
// @optionalParam node_taints array [] Taints of those nodes, which jobs of the queue then tolerate
// @optionalParam flavors array [] Several sorts of nodes, the first choice first: {name, quotas, node_labels, node_taints}
// @optionalParam cohort string  Queues of the same cohort lend each other what they do not use; none when empty
// @optionalParam borrowing_limits object {} The most to borrow in the cohort, by resource and for each flavor; no limit when left out
// @optionalParam strategy enum(BestEffortFIFO,StrictFIFO) BestEffortFIFO Whether smaller jobs may pass one that does not fit
// @optionalParam preemption enum(Never,LowerPriority,LowerOrNewerEqualPriority) Never Which running jobs of this queue give way to a waiting one
// @optionalParam reclaim enum(Never,LowerPriority,Any) Never Which running jobs of other queues of the cohort give back what they have borrowed
// @optionalParam priorities object {} WorkloadPriorityClasses to make: NAME to value, the highest first in the queue
// @optionalParam stop enum(None,Hold,HoldAndDrain) None Admit no more jobs (Hold), and stop those that run (HoldAndDrain)

local queue = import 'kuplet/queue/queue.libsonnet';

queue.parts(params, env)
