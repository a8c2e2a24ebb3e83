import socket

from compiler.sandbox.ports import LOOPBACK, choose_ports


def test_every_name_gets_a_port_of_its_own() -> None:
    ports = choose_ports(["a", "b", "c"], {})
    assert list(ports) == ["a", "b", "c"]
    assert len(set(ports.values())) == 3


def test_a_remembered_port_is_kept_while_it_is_free() -> None:
    first = choose_ports(["a"], {})
    assert choose_ports(["a"], first) == first


def test_a_remembered_port_that_is_taken_is_replaced() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        taken = int(listener.getsockname()[1])
        assert choose_ports(["a"], {"a": taken})["a"] != taken
