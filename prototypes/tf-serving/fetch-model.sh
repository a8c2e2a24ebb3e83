# Copies the model from $1 to $2, and fails when there is none: S3 has no folders that could be
# missing, so copying from a wrong path copies nothing and is no error.
rclone copy --stats-one-line --stats 10s --stats-log-level NOTICE "$1" "$2"
ls "$2"/*
