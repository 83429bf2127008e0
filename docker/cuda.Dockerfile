# The image of Dockerfile for a machine with an NVIDIA card. The lab opens the driver's library,
# which the NVIDIA container toolkit lays into the container, so that no CUDA toolkit is here;
# cuBLAS comes from its Python wheel.
#
#   docker build -f docker/Dockerfile -t cliplab .
#   docker build -f docker/cuda.Dockerfile -t cliplab:cuda .
#   docker run --rm --init --gpus all -p 127.0.0.1:8888:8888 cliplab:cuda

ARG LAB=cliplab:latest

# hadolint ignore=DL3006
FROM ${LAB}
USER 0
COPY docker/cuda.txt /tmp/cuda.txt
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r /tmp/cuda.txt \
    && rm /tmp/cuda.txt
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 1000
