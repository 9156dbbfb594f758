"""Random scenarios for the oracle: seeded, short, and as odd as the formats allow.

`scenario(kind, seed)` gives one vector without expectation. Times are chosen so that no step, poll or
sync falls on the same millisecond: there the real controllers race.
"""

import random

KINDS = ("scaler", "executor", "hpa", "e2e")


def maybe(rng, probability):
    return rng.random() < probability


# ---- kafka trigger metadata

GOOD_NUMBERS = ["1", "2", "7", "10", "50", "100", "999", "1000", "12345", "1000000", " 100 ", "\t5\n"]
ODD_NUMBERS = [
    "0", "-1", "-0", "+5", "010", "1e3", "10.0", "0x10", "1_000", "", " ", "ten", "null", "true", "\"5\"",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "4611686018427387904", "5 5", "٣",
    "\u00a05\u00a0", "\u20031\u3000", "[]", "{}", "1,", "--1", "-", "00", "99999999999999999999999",
    "9223372036854776", "3074457345618258602",
]
GOOD_BOOLS = ["true", "false", "1", "0", "t", "F", "True", "FALSE", " true "]
ODD_BOOLS = ["yes", "no", "tRUE", "2", "", " ", "on", "null", "\u00a0true"]
POLICIES = ["latest", "earliest", " earliest ", "latest,earliest", "earliest,latest", "latest , latest", "earliest,",
            "none", "Latest", "", ",", "earliest,earliest"]
LIMITATIONS = ["0", "1-3", "0,2,4", "5-3", "1,,2", "-1", "1-2-3", " 0 - 2 , 5", "a", "0-99", "+1", "1-", "", " ",
               "2147483647", "2147483648", "0-2147483648", "3,3,3", "0,1-2,,", "00", "1 2", "0-1,5-3", "+0-+2", "99"]
VERSIONS = ["1.0.0", "2.0.0", "2.8.1", "3.6.0", "0.10.1.0", "0.10.2.0", "0.10.0.1", "0.9.0.1", "0.11.0.2", "2.0", "3",
            "1.0.0.0", "", " 1.0.0 ", "v2.0.0", "0.10.1", "01.0.0", "10.20.30", "1.0.x", "4.0.0", "0.8.2.2",
            "0.010.2.00", "1.0.", "2..1.0", "0.10.2", "1.00.00"]
TOPICS = ["orders", "orders", "orders", "a.b/c:d%e(f)", "", " orders ", "missing", "Up_Per"]


def pick(rng, good, odd, oddness):
    return rng.choice(odd) if maybe(rng, oddness) else rng.choice(good)


def metadata(rng, oddness, topics=("orders",), threshold=None):
    """The trigger's metadata; `oddness` is the chance of an odd value for each field."""
    values = {"consumerGroup": "g"}
    topic = rng.choice(topics)
    if topic != "":
        values["topic"] = topic
    if maybe(rng, 0.9):
        values["lagThreshold"] = threshold or pick(rng, GOOD_NUMBERS, ODD_NUMBERS, oddness)
    if maybe(rng, 0.5):
        values["activationLagThreshold"] = pick(rng, ["0", "1", "5", "100", "1000"], ODD_NUMBERS, oddness)
    if maybe(rng, 0.6):
        values["offsetResetPolicy"] = pick(rng, ["latest", "earliest"], POLICIES, max(oddness, 0.1))
    for key, chance in (("allowIdleConsumers", 0.3), ("excludePersistentLag", 0.3), ("scaleToZeroOnInvalidOffset", 0.3),
                        ("limitToPartitionsWithLag", 0.2), ("ensureEvenDistributionOfPartitions", 0.25),
                        ("fullMetadata", 0.1)):
        if maybe(rng, chance):
            values[key] = pick(rng, GOOD_BOOLS, ODD_BOOLS, oddness)
    if maybe(rng, 0.15):
        values["partitionLimitation"] = pick(rng, ["0", "1-3", "0,2", "0-30"], LIMITATIONS, oddness * 3)
    if maybe(rng, 0.2):
        values["version"] = pick(rng, ["1.0.0", "2.8.1", "0.10.1.0", "0.10.0.1", "3.6.0"], VERSIONS, oddness * 3)
    if maybe(rng, oddness / 2):
        values["tls"] = rng.choice(["disable", "Enable", "disable,enable", " disable "])
    if maybe(rng, oddness / 2):
        values["sasl"] = rng.choice(["none", "plaintext", "bogus", "none,none", "gssapi", "scram_sha256"])
    if maybe(rng, oddness / 2):
        values["unsafeSsl"] = rng.choice(GOOD_BOOLS + ODD_BOOLS)
    if maybe(rng, oddness / 3):
        values["consumerGroup"] = rng.choice(["", " ", " g ", "g/h"])
    if maybe(rng, oddness / 3):
        values[rng.choice(["bootstrapServers", "lagTreshold", "topicFromEnv"])] = rng.choice(["", "NOPE"])
        if values.get("bootstrapServers"):
            del values["bootstrapServers"]
    return values


# ---- brokers

def offsets(rng, scale):
    """start, end, committed of one partition."""
    style = rng.random()
    start = rng.choice([0, 0, rng.randrange(0, 1000), 10**6])
    end = start + rng.choice([0, 1, rng.randrange(0, 2 * scale + 2), rng.randrange(0, 20 * scale + 2)])
    if style < 0.03:
        end = rng.choice([2**53 + 1, 2**53 + 3, 2**60, 2**62, 2**63 - 1, 10**15, 10**16 + 1, 9223372036854775])
    if style < 0.15:
        committed = None
    elif style < 0.22:
        committed = end + rng.randrange(1, 2 * scale + 2)
    elif style < 0.4:
        committed = end
    else:
        committed = max(0, end - rng.randrange(0, 2 * scale + 2))
    return start, end, committed


def partition(rng, pid, scale, topic=None):
    start, end, committed = offsets(rng, scale)
    p = {"id": pid, "end": end, "committed": committed}
    if start:
        p["start"] = start
    if topic:
        p["topic"] = topic
    return p


def spoil(rng, partitions, exclude_persistent):
    """Errors. With memory and an error in the middle the real scaler depends on Go's map order."""
    what = rng.random()
    if not partitions:
        return
    if what < 0.35:
        code = rng.choice([3, 5, 29, -1])
        everywhere = (exclude_persistent and code > 0) or maybe(rng, 0.5)
        for p in partitions if everywhere else [rng.choice(partitions)]:
            p["fetchErr"] = code
    elif what < 0.6:
        rng.choice(partitions)["endErr"] = rng.choice([1, 29, -1])
    elif what < 0.8:
        for p in partitions:
            if maybe(rng, 0.3):
                p["startErr"] = rng.choice([1, 29])
    else:
        for p in partitions:
            if maybe(rng, 0.4):
                p["noEnd"] = True


def scaler(rng):
    oddness = rng.choice([0.0, 0.02, 0.1, 0.3])
    trigger = {"type": "kafka", "metadata": metadata(rng, oddness, TOPICS)}
    if maybe(rng, 0.15):
        trigger["metricType"] = rng.choice(["Value", "AverageValue", "Utilization", "value"])
    text = trigger["metadata"].get("lagThreshold", "10").strip()
    scale = int(text) if text.isdigit() and len(text) < 8 else 100
    scale = max(1, min(scale, 10**6))
    topic = trigger["metadata"].get("topic", "").strip() or "orders"
    names = [None] if topic != "missing" else ["other"]
    names += rng.choice([[], [], ["second"], ["second", "third"]])
    count = rng.choice([0, 1, 2, 3, 5, 6, 12, 13, 24, 30])
    exclude = trigger["metadata"].get("excludePersistentLag", "").strip() in ("true", "1", "t", "True")
    calls, previous = [], None
    for _ in range(rng.choice([1, 1, 2, 3, 5])):
        if previous and maybe(rng, 0.6):
            partitions = [dict(p) for p in previous]
            for p in partitions:
                for key in ("fetchErr", "endErr", "startErr", "noEnd"):
                    p.pop(key, None)
                if p["committed"] is not None and maybe(rng, 0.5):
                    p["committed"] += rng.randrange(0, scale + 1)
                p["end"] = min(2**63 - 1, p["end"] + rng.choice([0, rng.randrange(0, scale + 1)]))
        else:
            partitions = [partition(rng, i, scale, name) for name in names for i in range(count if not name else 3)]
        previous = partitions
        if maybe(rng, 0.2):
            partitions = [dict(p) for p in partitions]
            spoil(rng, partitions, exclude)
        call = {"partitions": partitions}
        if maybe(rng, 0.03):
            call["groupErr"] = 30
        calls.append(call)
    return {"topic": topic if topic != "missing" else "orders", "triggerIndex": rng.choice([0, 0, 1, 7, 12]),
            "trigger": trigger, "calls": calls}


# ---- ScaledObject

ANNOTATIONS = {
    "autoscaling.keda.sh/paused": ["true", "false", "maybe", "0", ""],
    "autoscaling.keda.sh/paused-replicas": ["3", "x", ""],
    "autoscaling.keda.sh/paused-scale-in": ["true", "false", "what"],
    "autoscaling.keda.sh/paused-scale-out": ["true", "F", "1"],
    "autoscaling.keda.sh/force-activation": ["true", "false", "T"],
}


def scaled_object(rng, with_hpa):
    so = {"scaleTargetRef": None}
    if maybe(rng, 0.8):
        so["pollingInterval"] = rng.choice([5, 7, 13, 20, 30, 60])
    if maybe(rng, 0.7):
        so["cooldownPeriod"] = rng.choice([0, 1, 7, 30, 60, 61, 120])
    if maybe(rng, 0.2):
        so["initialCooldownPeriod"] = rng.choice([0, 1, 30, 90])
    if maybe(rng, 0.6):
        so["minReplicaCount"] = rng.choice([0, 0, 1, 2, 3, 6])
    if maybe(rng, 0.7):
        so["maxReplicaCount"] = rng.choice([1, 2, 5, 10, 30, 100])
    if maybe(rng, 0.2):
        so["idleReplicaCount"] = rng.choice([0, 0, 1, 2, 5])
    if maybe(rng, 0.45):
        so["fallback"] = {"failureThreshold": rng.choice([0, 1, 2, 3, 5]), "replicas": rng.choice([0, 1, 2, 5, 9])}
        if maybe(rng, 0.03):
            so["fallback"]["failureThreshold"] = -1
        if maybe(rng, 0.6):
            so["fallback"]["behavior"] = rng.choice(
                ["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower", "scalingModifiers"])
    triggers = []
    for i in range(rng.choice([1, 1, 1, 2, 2, 3])):
        if maybe(rng, 0.12):
            triggers.append({"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}})
            continue
        values = metadata(rng, 0.0, ["orders"] * 8 + ["", "missing"],
                          threshold=rng.choice(["10", "100", "500", "1000"]))
        if values.get("topic", "") != "orders":
            for key in ("limitToPartitionsWithLag", "ensureEvenDistributionOfPartitions", "fullMetadata"):
                values.pop(key, None)
        values.pop("partitionLimitation", None)
        if maybe(rng, 0.6):
            values["offsetResetPolicy"] = rng.choice(["latest", "earliest", " earliest ", "latest,earliest"])
        else:
            values.pop("offsetResetPolicy", None)
        if values.get("allowIdleConsumers", "").strip() in ("true", "1", "t", "True"):
            values.pop("limitToPartitionsWithLag", None)
        if values.get("limitToPartitionsWithLag"):
            values.pop("ensureEvenDistributionOfPartitions", None)
        trigger = {"type": "kafka", "metadata": values}
        if maybe(rng, 0.15):
            trigger["metricType"] = rng.choice(["Value", "AverageValue"])
        if maybe(rng, 0.25):
            trigger["useCachedMetrics"] = True
        if maybe(rng, 0.2):
            trigger["name"] = rng.choice(["one", "two"]) if maybe(rng, 0.3) else "t%d" % i
        triggers.append(trigger)
    so["triggers"] = triggers
    if with_hpa and maybe(rng, 0.5):
        so["advanced"] = {"horizontalPodAutoscalerConfig": {"behavior": behavior(rng)}}
    return so


def topic_step(rng, at, state, thresholds):
    """Advances the topic and gives a step."""
    scale = rng.choice(thresholds)
    for p in state:
        p["end"] += rng.choice([0, 0, rng.randrange(0, scale // 2 + 1), rng.randrange(0, 3 * scale + 1)])
        move = rng.random()
        if p["committed"] is None:
            p["committed"] = p["start"] if move < 0.3 else None
        elif move < 0.4:
            p["committed"] = p["end"]
        elif move < 0.7:
            p["committed"] = min(p["end"], p["committed"] + rng.randrange(0, scale + 1))
        elif move > 0.995:
            p["committed"] = None
    step = {"at": at, "end": [p["end"] for p in state], "committed": [p["committed"] for p in state]}
    if any(p["start"] for p in state):
        step["start"] = [p["start"] for p in state]
    return step


def disturb(rng, step, failing, with_annotations):
    if failing:
        step["fetchErr"] = 29
    if maybe(rng, 0.05):
        step["setReplicas"] = rng.choice([0, 1, 2, 5, 12])
    if with_annotations and maybe(rng, 0.15):
        key = rng.choice(list(ANNOTATIONS))
        step["annotations"] = {key: rng.choice(ANNOTATIONS[key] + [None, None])}


def stack(rng, with_hpa):
    so = scaled_object(rng, with_hpa)
    period = so.get("pollingInterval", 30) * 1000
    phase = rng.choice([250, 1000, 1250, 1277, 2999, 1020])
    sc = {"phaseMs": phase, "startReplicas": rng.choice([0, 0, 1, 1, 2, 3, 5, 12]), "topic": "orders",
          "scaledObject": so, "withHPA": with_hpa}
    if with_hpa:
        sc["hpaOffsetMs"] = rng.choice([7300, 7300, 2300, 22300])
        sc["durationMs"] = rng.choice([10, 16, 24]) * 15000 + 8000
        if maybe(rng, 0.2):
            sc["statusDelayMs"] = rng.choice([4100, 16100, 31100])
        stride = rng.choice([5000, 10000, 15000])
    else:
        sc["durationMs"] = min(rng.choice([8, 15, 25]) * period, 900000)
        stride = period
    with_annotations = maybe(rng, 0.25)
    if with_annotations and maybe(rng, 0.5):
        key = rng.choice(list(ANNOTATIONS))
        sc["annotations"] = {key: rng.choice(ANNOTATIONS[key])}
    state = []
    for _ in range(rng.choice([1, 2, 3, 6, 12])):
        start = rng.choice([0, 0, 500])
        state.append({"start": start, "end": start + 1000, "committed": rng.choice([start + 1000, start + 1000, None])})
    thresholds = [int(t["metadata"].get("lagThreshold", "10")) for t in so["triggers"] if t["type"] == "kafka"] or [100]
    steps, failing = [], False
    trouble = rng.choice([0.0, 0.05, 0.25])
    pods = any(t["type"] == "cpu" for t in so["triggers"]) and with_hpa
    t = phase - 20
    while t < phase + sc["durationMs"]:
        step = topic_step(rng, t, state, thresholds)
        failing = (not failing if maybe(rng, 0.4) else failing) if failing else maybe(rng, trouble)
        disturb(rng, step, failing, with_annotations)
        if pods and (not steps or maybe(rng, 0.3)):
            step["pods"] = some_pods(rng, t)
        steps.append(step)
        t = phase + len(steps) * stride - (stride - 500)
    sc["steps"] = steps
    return sc


# ---- HPA

def rules(rng):
    r = {}
    if maybe(rng, 0.5):
        r["stabilizationWindowSeconds"] = rng.choice([0, 15, 30, 45, 60, 120, 300] + ([3600, 3601, -1] if maybe(rng, 0.1) else []))
    if maybe(rng, 0.35):
        r["selectPolicy"] = rng.choice(["Max", "Min", "Disabled"])
    if maybe(rng, 0.6):
        r["policies"] = [
            {"type": rng.choice(["Pods", "Percent"]), "value": rng.choice([1, 2, 4, 10, 25, 33, 50, 100, 150, 900]),
             "periodSeconds": rng.choice([1, 15, 30, 45, 60, 90, 180])} for _ in range(rng.choice([1, 1, 2, 3]))]
        if maybe(rng, 0.03):
            r["policies"] = []
        if r["policies"] and maybe(rng, 0.03):
            r["policies"][0][rng.choice(["value", "periodSeconds"])] = rng.choice([0, -1, 1801])
    if maybe(rng, 0.25):
        r["tolerance"] = rng.choice(["0", "50m", "0.1", "0.25", "1", "5m", "0.05", "200m"])
    return r


def behavior(rng):
    b = {}
    if maybe(rng, 0.7):
        b["scaleUp"] = rules(rng)
    if maybe(rng, 0.7):
        b["scaleDown"] = rules(rng)
    return b


def some_pods(rng, now):
    pods = []
    request = rng.choice([100, 250, 500, 1000])
    load = rng.choice([0.1, 0.4, 0.55, 0.6, 0.65, 0.9, 1.5, 3.0])
    calm = maybe(rng, 0.4)
    for i in range(rng.choice([0, 1, 2, 3, 4, 6, 10])):
        started = now - rng.choice([1000, 20000, 100000, 299500, 300500, 600000])
        pod = {"name": "p%d" % i, "phase": "Running", "ready": "True", "startAt": started,
               "readyAt": started + rng.choice([500, 10000, 29000, 30000, 31000]), "reqMilli": request,
               "useMilli": max(0, int(request * load * rng.uniform(0.7, 1.3))), "metricAt": now - rng.choice([0, 5000, 30000]),
               "metricSpan": rng.choice([0, 15000, 30000])}
        if not calm:
            if maybe(rng, 0.15):
                pod["phase"] = rng.choice(["Pending", "Failed", "Succeeded", "Unknown"])
            if maybe(rng, 0.2):
                pod["ready"] = rng.choice(["False", "", "Unknown"])
            if maybe(rng, 0.05):
                pod["deleted"] = True
            if maybe(rng, 0.1):
                pod["useMilli"] = None
            if maybe(rng, 0.03):
                pod["reqMilli"] = None
            if maybe(rng, 0.03):
                pod["startAt"] = None
            if maybe(rng, 0.03):
                pod["reqMilli"] = 0
        pods.append(pod)
    return pods


def metric(rng, i):
    style = rng.random()
    if style < 0.6:
        target = rng.choice(["1", "10", "100m", "1k", "1500", "7", "333m", "1Ki", "2e2", "1M"])
        kind = "averageValue" if maybe(rng, 0.75) else "value"
        return {"type": "External", "external": {
            "metric": {"name": "m%d" % i},
            "target": {"type": "AverageValue" if kind == "averageValue" else "Value", kind: target}}}
    name = "cpu" if maybe(rng, 0.95) else "memory"
    if maybe(rng, 0.7):
        target = {"type": "Utilization", "averageUtilization": rng.choice([1, 30, 50, 60, 80, 100, 150])}
    else:
        target = {"type": "AverageValue", "averageValue": rng.choice(["100m", "250m", "1", "333m"])}
    if maybe(rng, 0.1):
        return {"type": "ContainerResource",
                "containerResource": {"name": name, "container": rng.choice(["c", "c", "d"]), "target": target}}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


MILLI = {"1": 1000, "10": 10000, "100m": 100, "1k": 10**6, "1500": 1500000, "7": 7000, "333m": 333, "1Ki": 1024000,
         "2e2": 200000, "1M": 10**9}


def values(rng, metrics, replicas):
    external = {}
    for m in metrics:
        if m["type"] != "External":
            continue
        target = m["external"]["target"]
        one = MILLI[target.get("averageValue") or target.get("value")]
        wanted = max(0, replicas * rng.choice([0, 0.3, 0.5, 0.89, 0.9, 0.95, 1, 1.05, 1.1, 1.11, 1.3, 2, 3, 7]))
        total = int(one * (wanted if "averageValue" in target else wanted / max(1, replicas)))
        total += rng.choice([0, 0, 1, -1, one // 2])
        v = {"milli": [max(0, total)]}
        odd = rng.random()
        if odd < 0.04:
            v = {"error": True}
        elif odd < 0.06:
            v = {"milli": []}
        elif odd < 0.10:
            v = {"milli": [total // 2, total - total // 2, 0]}
        elif odd < 0.12:
            v = {"milli": [rng.choice([2**63 - 1, 2**62, 10**18, -1, -5000, 2**53 + 1])] * rng.choice([1, 2, 3])}
        external[m["external"]["metric"]["name"]] = v
    return external


def hpa(rng):
    metrics = [metric(rng, i) for i in range(rng.choice([1, 1, 1, 2, 2, 3]))]
    low = rng.choice([None, 1, 2, 5])
    high = rng.choice([1, 3, 10, 30, 60, 100, 1000])
    if maybe(rng, 0.02):
        high = 2000000000
    spec = {"maxReplicas": high, "metrics": metrics}
    if low:
        spec["minReplicas"] = low
    if maybe(rng, 0.55):
        spec["behavior"] = behavior(rng)
    phase = rng.choice([250, 1250])
    syncs = rng.choice([6, 12, 24, 30])
    start = rng.choice([0, 1, 2, 3, 5, 8, 12, 40])
    if high == 2000000000 and maybe(rng, 0.5):
        start = rng.choice([1500000000, 1073741823, 1073741824, 2000000000])
    sc = {"phaseMs": phase, "durationMs": syncs * 15000 + 100, "startReplicas": start, "withHPA": True, "hpa": spec}
    if maybe(rng, 0.2):
        sc["statusDelayMs"] = rng.choice([4100, 16100, 31100])
    replicas, steps = max(1, start), []
    for k in range(1, syncs + 1):
        at = phase + 15000 * k - 1000
        if maybe(rng, 0.15):
            replicas = max(1, int(replicas * rng.choice([0.3, 0.5, 2, 3])))
        step = {"at": at, "external": values(rng, metrics, replicas)}
        if k == 1 or maybe(rng, 0.25):
            step["pods"] = some_pods(rng, at)
        if maybe(rng, 0.04):
            step["setReplicas"] = rng.choice([0, 1, 2, 7, 50, 2000])
        if maybe(rng, 0.04):
            step["statusReplicas"] = rng.choice([-1, -1, 0, 1, 5, 20])
        steps.append(step)
    sc["steps"] = steps
    return sc


def scenario(kind, seed):
    rng = random.Random("%s/%d" % (kind, seed))
    make = {"scaler": scaler, "hpa": hpa, "executor": lambda r: stack(r, False), "e2e": lambda r: stack(r, True)}[kind]
    return {"schema": "lagsim-oracle/1", "kind": kind, "name": "fuzz-%s-%d" % (kind, seed), "scenario": make(rng)}
