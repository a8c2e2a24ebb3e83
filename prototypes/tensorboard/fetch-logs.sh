# Keeps folder $2 like $1, looking every $3 seconds. Files are written in place, because
# TensorBoard goes on reading the file that it has open. A server that is away for a moment is
# asked again; what went wrong is in the log.
while true; do
  rclone sync --inplace "$1" "$2" || true
  sleep "$3"
done
