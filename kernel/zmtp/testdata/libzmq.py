"""The far side of libzmq_test.go: pyzmq as client of our sockets, or as server for them.

    python libzmq.py client ROUTER REP XPUB [SERVER_KEY]
    python libzmq.py server [ipc:FOLDER] [curve]

A client exits with an AssertionError when something is amiss. A server prints its addresses
and its key, then serves until its standard input ends.
"""

import hashlib
import os
import sys

import zmq

BIG = 50 << 20
context = zmq.Context()


def connect(kind, address, key=None, **options):
    s = context.socket(kind)
    s.linger = 2000
    s.sndhwm = s.rcvhwm = 0
    s.rcvtimeo = s.sndtimeo = 20000
    if key:
        s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
        s.curve_serverkey = key
    for name, value in options.items():
        setattr(s, name, value)
    s.connect(address)
    return s


def equal(got, want):
    assert got == want, f"got {str(got)[:300]}, want {str(want)[:300]}"


def echo_all(s, count):
    """Many messages at once come back whole and in order."""
    for i in range(count):
        s.send_multipart([b"%d" % i, b"", b"x" * (i % 700)])
    for i in range(count):
        equal(s.recv_multipart(), [b"%d" % i, b"", b"x" * (i % 700)])


def echo_big(s):
    big = os.urandom(BIG)
    s.send_multipart([b"big", big], copy=False)
    tag, back = s.recv_multipart()
    equal(tag, b"big")
    equal(hashlib.sha256(back).digest(), hashlib.sha256(big).digest())


def publish(dealer, topic, size, count):
    dealer.send_multipart([b"publish", topic, b"%d" % size, b"%d" % count])
    equal(dealer.recv_multipart(), [b"published"])


def subscriptions(dealer, xpub, key):
    """Each subscriber is welcomed, gets its topics only, and can cancel."""
    a, b = (connect(zmq.SUB, xpub, key) for _ in range(2))
    a.subscribe(b"")
    equal(a.recv_multipart(), [b"", b"welcome"])
    b.subscribe(b"b")
    equal(b.recv_multipart(), [b"b", b"welcome"])
    publish(dealer, b"a", 1, 1)
    publish(dealer, b"bb", 2, 1)
    equal(a.recv_multipart(), [b"a", b"0", b"."])
    equal(a.recv_multipart(), [b"bb", b"0", b".."])
    equal(b.recv_multipart(), [b"bb", b"0", b".."])
    b.subscribe(b"c")
    equal(b.recv_multipart(), [b"c", b"welcome"])
    b.unsubscribe(b"b")
    b.subscribe(b"d")
    equal(b.recv_multipart(), [b"d", b"welcome"])  # the cancellation has come before
    publish(dealer, b"b", 1, 1)
    publish(dealer, b"c", 1, 1)
    equal(b.recv_multipart(), [b"c", b"0", b"."])
    publish(dealer, b"c", BIG, 1)
    equal(len(b.recv_multipart()[2]), BIG)
    a.close(), b.close()


def slow_subscriber(dealer, xpub, key):
    """One subscriber never reads; another loses nothing."""
    stalled = connect(zmq.SUB, xpub, key, rcvhwm=1, rcvbuf=4096)
    good = connect(zmq.SUB, xpub, key)
    for s in (stalled, good):
        s.subscribe(b"s")
    equal(good.recv_multipart(), [b"s", b"welcome"])
    for _ in range(16):
        publish(dealer, b"s", 1 << 16, 64)
        for i in range(64):
            topic, number, body = good.recv_multipart()
            equal((number, len(body)), (b"%d" % i, 1 << 16))
    dealer.send_multipart([b"stalled"])  # the Go side checks its queue
    equal(dealer.recv_multipart(), [b"1"])
    stalled.close(linger=0), good.close()


def heartbeats(router, key):
    """A peer that wants its PINGs answered stays connected."""
    s = connect(zmq.DEALER, router, key, heartbeat_ivl=50, heartbeat_timeout=150)
    monitor = s.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    s.send_multipart([b"before"])
    equal(s.recv_multipart(), [b"before"])
    assert not monitor.poll(600), "the connection was lost: PING is not answered"
    s.send_multipart([b"after"])
    equal(s.recv_multipart(), [b"after"])
    s.disable_monitor()
    s.close()


def client(router, rep, xpub, key=None):
    key = key.encode() if key else None
    named = connect(zmq.DEALER, router, key, identity=b"named")
    nameless = connect(zmq.DEALER, router, key)
    for s in (named, nameless):
        echo_all(s, 10000)
        echo_big(s)
    asking = connect(zmq.REQ, router, key)  # REQ to ROUTER: the envelope comes back
    asking.send_multipart([b"question"])
    equal(asking.recv_multipart(), [b"question"])
    requesters = [connect(zmq.REQ, rep, key) for _ in range(5)]
    for i in range(200):
        for s in requesters:
            s.send_multipart([b"ping", b"%d" % i])
        for s in reversed(requesters):
            equal(s.recv_multipart(), [b"ping", b"%d" % i])
    again = connect(zmq.DEALER, router, key, identity=b"named")  # takes the name over
    again.send_multipart([b"again"])
    equal(again.recv_multipart(), [b"again"])
    named.close(linger=0)
    subscriptions(nameless, xpub, key)
    slow_subscriber(nameless, xpub, key)
    heartbeats(router, key)
    context.destroy(linger=1000)


def server(where="tcp://127.0.0.1:*", curve=None):
    public, secret = zmq.curve_keypair()
    sockets, addresses = [], []
    for name, kind in (("router", zmq.ROUTER), ("rep", zmq.REP), ("xpub", zmq.XPUB)):
        s = context.socket(kind)
        s.linger = s.sndhwm = s.rcvhwm = 0
        if curve:
            s.curve_server, s.curve_secretkey, s.curve_publickey = True, secret, public
        s.bind(where if where.startswith("tcp") else f"{where}/{name}")
        sockets.append(s)
        addresses.append(s.last_endpoint.decode())
    router, rep, xpub = sockets
    print(*addresses, public.decode() if curve else "", flush=True)
    poller = zmq.Poller()
    for s in (*sockets, sys.stdin.fileno()):
        poller.register(s, zmq.POLLIN)
    while True:
        for s, _ in poller.poll():
            if s == sys.stdin.fileno():
                context.destroy(linger=0)
                return
            message = s.recv_multipart()
            if s is not xpub:
                s.send_multipart(message)
            elif message[0][:1] == b"\1":
                xpub.send_multipart([message[0][1:], b"welcome", b"x" * BIG])


if __name__ == "__main__":
    {"client": client, "server": server}[sys.argv[1]](*sys.argv[2:])
