# Creates the buckets named by the arguments, as soon as the server answers.
until mc alias set store "$ENDPOINT" "$ROOT_USER" "$ROOT_PASSWORD"; do
  sleep 2
done
for bucket in "$@"; do
  mc mb --ignore-existing "store/$bucket"
done
