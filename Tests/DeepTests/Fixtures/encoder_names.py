"""The names and shapes of the arrays of published encoder weights: python encoder_names.py, with timm and torchvision.

Those of the PyTorch port of TensorFlow's lite0 are of the file that lite0_weights.py makes.
"""
import json, sys
import timm, torchvision
from safetensors import safe_open


def shapes(state):
    return {name: list(values.shape) for name, values in state.items()}


with safe_open(sys.argv[1], "np") as port:
    lite0 = {name: list(port.get_slice(name).get_shape()) for name in port.keys()}
names = {
    "b0, timm": shapes(timm.create_model("efficientnet_b0").state_dict()),
    "b0, torchvision": shapes(torchvision.models.efficientnet_b0().state_dict()),
    "b2, timm": shapes(timm.create_model("efficientnet_b2").state_dict()),
    "lite0, timm": shapes(timm.create_model("tf_efficientnet_lite0").state_dict()),
    "lite0, port": lite0,
    "lite3, timm": shapes(timm.create_model("tf_efficientnet_lite3").state_dict()),
    "mobilenet, timm": shapes(timm.create_model("mobilenetv2_100").state_dict()),
    "mobilenet, torchvision": shapes(torchvision.models.mobilenet_v2().state_dict()),
}
json.dump(names, open("encoder-names.json", "w"), indent=0)
