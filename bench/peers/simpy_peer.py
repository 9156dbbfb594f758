"""24 M/M/1 queues in SimPy: a source and a server process each, a Store between them.

usage: simpy_peer.py RECORDS; prints how many were done and their mean sojourn in service times.
"""

import random
import sys

import simpy

QUEUES = 24
MEAN_GAP = 1.0 / 0.9


def source(env, store, draw):
    while True:
        yield env.timeout(draw(1.0) * MEAN_GAP)
        store.put(env.now)


def server(env, store, draw, tally, enough):
    while True:
        arrived = yield store.get()
        yield env.timeout(draw(1.0))
        tally[0] += 1
        tally[1] += env.now - arrived
        if tally[0] == enough[0]:
            enough[1].succeed()


def main():
    env = simpy.Environment()
    draw = random.Random(1).expovariate
    tally = [0, 0.0]
    enough = (int(sys.argv[1]), env.event())
    for _ in range(QUEUES):
        store = simpy.Store(env)
        env.process(source(env, store, draw))
        env.process(server(env, store, draw, tally, enough))
    env.run(until=enough[1])
    print(f"{tally[0]} {tally[1] / tally[0]:.6f}")


main()
