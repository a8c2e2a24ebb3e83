# Creates the buckets named by the arguments, as soon as the server answers.
until rclone lsd --retries 1 --low-level-retries 1 :s3:; do
  sleep 2
done
for bucket in "$@"; do
  rclone mkdir ":s3:$bucket"
done
