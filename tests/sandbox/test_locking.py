import threading
from pathlib import Path

from compiler.sandbox.locking import exclusive


def test_a_second_holder_is_told_to_wait_and_then_gets_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    is_waiting = threading.Event()
    events: list[str] = []

    def second() -> None:
        with exclusive(lock, is_waiting.set):
            events.append("second")

    with exclusive(lock, lambda: events.append("never told to wait")):
        thread = threading.Thread(target=second)
        thread.start()
        assert is_waiting.wait(timeout=5)
        events.append("first")
    thread.join(timeout=5)
    assert events == ["first", "second"]
