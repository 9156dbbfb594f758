"""A study on a Kubernetes cluster: which lagThreshold, for how many partitions?

Needs `pip install lagsim[dask] dask-kubernetes`, the Dask operator in the cluster
(https://kubernetes.dask.org), and an image with this package and the program of the same version.
Pods may go at any time (spot nodes, say): their points are given to others, with the same result.

    python dask_kubernetes_sweep.py my-scenario.yaml --image registry/lagsim:0.1.0
"""

from __future__ import annotations

import argparse

from dask_kubernetes.operator import KubeCluster
from distributed import Client

import lagsim

AXES = {
    "ScaledObject.spec.triggers[0].metadata.lagThreshold": [100, 200, 500, 1000, 2000, 5000],
    'spec.topics["high-volume-events"].partitions': [12, 24, 48, 96],
}


def main() -> None:
    """One worker thread simulates one point at a time, so a pod asks for as many cores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("scenario")
    parser.add_argument("--image", required=True)
    parser.add_argument("--namespace", default="default")
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--output", default="sweep.nc")
    arguments = parser.parse_args()

    cluster = KubeCluster(
        name="lagsim",
        namespace=arguments.namespace,
        image=arguments.image,
        n_workers=arguments.workers,
        worker_command=["dask-worker", "--nthreads", "2"],
        resources={"requests": {"cpu": "2", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
    )
    with cluster, Client(cluster) as client:
        study = lagsim.sweep(
            arguments.scenario, AXES, client=client, replications=arguments.replications
        )
    study.to_netcdf(arguments.output)
    print(study["mean"].sel(metric=["lag.p99", "podHours"]).to_dataframe())


if __name__ == "__main__":
    main()
