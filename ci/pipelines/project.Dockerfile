# A project in an image of its own, for ECS and Kubernetes: no volume is needed, and what runs is what was tested.
#
#   docker build --file ci/pipelines/project.Dockerfile --build-arg VESTO=REGISTRY/vesto:0.1.0 --tag warehouse PROJECT
ARG VESTO
FROM ${VESTO}
COPY . /project
