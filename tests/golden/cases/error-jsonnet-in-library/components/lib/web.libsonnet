{
  replicas(count):
    assert count > 1 : 'at least two replicas, not ' + count;
    count,
}
