import Deep
import Harness
import Scenes
import Settings

/// The text of `load.py`: a network as a module of PyTorch, with what is done to pictures and what classes are.
struct TorchModule {
  private let model: NetworkModel
  private let settings: CellSettings
  private let classes: ClassSet

  init(_ model: NetworkModel, _ settings: CellSettings, _ classes: ClassSet) {
    (self.model, self.settings, self.classes) = (model, settings, classes)
  }

  private var name: String { model.architecture.name }
  private var own: [String: Setting] { model.architecture.values }

  var text: String {
    // Parts end with as many empty lines as they like; Python has two between definitions.
    draft.replacing(#/\n{4,}/#, with: "\n\n\n")
  }

  private var draft: String {
    let preprocessing = model.architecture.preprocessing
    let size = settings.data.size.common.map { "(\($0.height), \($0.width))" } ?? "None"
    return """
      \"""
      \(name) as segbench \(Environment.version) trained it; needs torch and safetensors.

          from load import load, predict
          classes = predict(load(), picture)    # picture: uint8 tensor [height, width, 3], red first

      As a program, with Pillow: python load.py street.png mask.png
      \"""

      import pathlib
      import sys

      import torch
      import torch.nn.functional as F
      from safetensors.torch import load_file
      from torch import nn

      # Name, colour and value in label files of each class, in the order of the logits.
      CLASSES = [
      \(classes.classes.map(Self.line).joined(separator: "\n"))
      ]
      MASKED = \(model.classes.masked.map { "\($0)" } ?? "None")  # a class that was never learned and is never predicted
      SIZE = \(size)  # height and width of pictures in training; None: their own
      MULTIPLE = \(type(of: model.architecture).sizeMultiple)  # what both sides of the network's input are multiples of
      MEAN = torch.tensor(\(Self.list(preprocessing.mean)))[:, None, None]
      DEVIATION = torch.tensor(\(Self.list(preprocessing.deviation)))[:, None, None]


      \(network)


      def load(file=pathlib.Path(__file__).with_name("\(TorchExport.weightsName)")):
          network = Network()
          network.load_state_dict(load_file(file))
          return network.eval()


      def prepare(picture):
          ""\"A picture, uint8 [height, width, 3], as the network takes it: padded at the right and below by its own edge.""\"
          x = (picture.permute(2, 0, 1)[None] / 255 - MEAN) / DEVIATION
          return F.pad(x, (0, -x.shape[3] % MULTIPLE, 0, -x.shape[2] % MULTIPLE), mode="replicate")


      @torch.no_grad()
      def probabilities(network, picture):
          ""\"[classes, height, width] of a picture of the size that the network was trained with.""\"
          logits = network(prepare(picture))[0, :, : picture.shape[0], : picture.shape[1]]
          if MASKED is not None:
              logits[MASKED] = -torch.inf
          return logits.softmax(0)


      def covered(size, wanted):
          ""\"[wanted, size]: which share each of `size` pixels has in each of the `wanted` wider ones.""\"
          edges, pixels = torch.arange(wanted + 1) * size / wanted, torch.arange(size)
          common = torch.minimum(edges[1:, None], pixels + 1) - torch.maximum(edges[:-1, None], pixels)
          return common.clamp(0) * wanted / size


      def resized(picture):
          ""\"A picture at SIZE: the mean over the covered area where it shrinks, bilinear where it grows.""\"
          height, width = picture.shape[:2]
          x = picture.permute(2, 0, 1).float()
          x = covered(height, min(height, SIZE[0])) @ x @ covered(width, min(width, SIZE[1])).T
          x = F.interpolate(x[None], SIZE, mode="bilinear")[0]
          return (x + 0.5).floor().permute(1, 2, 0)


      def predict(network, picture):
          ""\"The class of every pixel, [height, width], of a picture of any size.""\"
          size = picture.shape[:2]
          if SIZE is None or SIZE == tuple(size):
              return probabilities(network, picture).argmax(0)
          seen = probabilities(network, resized(picture))
          return F.interpolate(seen[None], size, mode="bilinear")[0].argmax(0)


      if __name__ == "__main__":
          import numpy
          from PIL import Image

          picture = torch.from_numpy(numpy.array(Image.open(sys.argv[1]).convert("RGB")))
          colours = torch.tensor([colour for _, colour, _ in CLASSES], dtype=torch.uint8)
          Image.fromarray(colours[predict(load(), picture)].numpy()).save(sys.argv[2])

      """
  }

  private static func line(_ own: ClassSet.Class) -> String {
    let name = own.name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "    (\"\(name)\", (\(own.colour.red), \(own.colour.green), \(own.colour.blue)), \(own.exportValue)),"
  }

  private static func list(_ values: [Float]) -> String { "[\(values.map { "\($0)" }.joined(separator: ", "))]" }

  // MARK: Networks

  /// The channels that a layer makes.
  private func outputs(_ layer: String) -> Int {
    model.parameters.first { $0.name == "\(layer).kernel" }?.extents[3] ?? 0
  }

  private func outputs(_ layers: [String]) -> String {
    "(\(layers.map { "\(outputs($0))" }.joined(separator: ", ")))"
  }

  private var vggWidths: String { outputs((1...5).map { "encoder.block\($0).conv1" }) }

  /// The class `Network` and what it is made with.
  private var network: String {
    switch name {
    case "unet-mini": unetMini
    case "unet": Self.layer(epsilon: 1e-3) + unet
    case "vgg-unet": Self.layer(epsilon: 1e-3) + Self.vgg + vggUNet
    case "vgg-pspnet": Self.layer(epsilon: 1e-3) + Self.vgg + pspNet
    case "fcn8": Self.vgg + fcn
    case "smp-unet": Self.layer(epsilon: 1e-5, hasBias: false) + Self.vgg + smpUNet
    case "efficientnet-unet", "mobilenet-unet": Self.layer(epsilon: 1e-3) + bottleneckUNet
    default: preconditionFailure("no module of \(name)")
    }
  }

  private static func layer(epsilon: Float, hasBias: Bool = true) -> String {
    """
    def layer(i, o, size=3, bias=\(hasBias ? "True" : "False")):
        convolution = nn.Conv2d(i, o, size, padding=size // 2, bias=bias)
        return nn.Sequential(convolution, nn.BatchNorm2d(o, eps=\(epsilon), momentum=0.01), nn.ReLU())



    """
  }

  /// The way up from the deepest features `i` of networks with transposed convolutions.
  private static let decoder = """
            self.rise, self.up = nn.ModuleList(), nn.ModuleList()
            for o, skip in zip(widths, skips):
                self.rise.append(nn.ConvTranspose2d(i, o, 2, 2))
                self.up.append(nn.Sequential(layer(o + skip, o), layer(o, o)))
                i = o
            self.head = nn.Conv2d(i, len(CLASSES), 1)

    """

  private static let decoding = """
            for rise, up in zip(self.rise, self.up):
                x = up(torch.cat([rise(x)] + skips[-1:], 1))
                skips = skips[:-1]
            return self.head(x)

    """

  private static let vgg = """
    def vgg16(widths):
        \"""torchvision's vgg16().features.\"""
        layers, i = [], 3
        for o, count in zip(widths, (2, 2, 3, 3, 3)):
            for _ in range(count):
                layers += [nn.Conv2d(i, o, 3, padding=1), nn.ReLU()]
                i = o
            layers.append(nn.MaxPool2d(2))
        return nn.Sequential(*layers)



    """

  private var unetMini: String {
    """
    def pair(i, o):
        first, second = nn.Conv2d(i, o, 3, padding=1), nn.Conv2d(o, o, 3, padding=1)
        return nn.Sequential(first, nn.ReLU(), nn.Dropout(\(own["dropout"] ?? .number(0))), second, nn.ReLU())


    class Network(nn.Module):
        def __init__(self, narrow=\(outputs("down1.1")), middle=\(outputs("down2.1")), wide=\(outputs("bottom.1"))):
            super().__init__()
            self.down1, self.down2, self.bottom = pair(3, narrow), pair(narrow, middle), pair(middle, wide)
            self.up2, self.up1 = pair(wide + middle, middle), pair(middle + narrow, narrow)
            self.head = nn.Conv2d(narrow, len(CLASSES), 1)

        def forward(self, x):
            fine = self.down1(x)
            middle = self.down2(F.max_pool2d(fine, 2))
            x = self.bottom(F.max_pool2d(middle, 2))
            x = self.up2(torch.cat([F.interpolate(x, scale_factor=2), middle], 1))
            return self.head(self.up1(torch.cat([F.interpolate(x, scale_factor=2), fine], 1)))


    """
  }

  private var unet: String {
    """
    class Network(nn.Module):
        def __init__(self, down=\(outputs((1...5).map { "down\($0).1" }))):
            super().__init__()
            self.down, i = nn.ModuleList(), 3
            for o in down:
                self.down.append(nn.Sequential(layer(i, o), layer(o, o)))
                i = o
            widths = skips = down[-2::-1]
    \(Self.decoder)
        def forward(self, x):
            skips = []
            for level in self.down[:-1]:
                skips.append(level(x))
                x = F.max_pool2d(skips[-1], 2)
            x = self.down[-1](x)
    \(Self.decoding)

    """
  }

  private var vggUNet: String {
    """
    class Network(nn.Module):
        def __init__(self, down=\(vggWidths)):
            super().__init__()
            self.features, i = vgg16(down)[:-1], down[-1]
            widths = skips = down[-2::-1]
    \(Self.decoder)
        def forward(self, x):
            skips = []
            for part in self.features:
                if isinstance(part, nn.MaxPool2d):
                    skips.append(x)
                x = part(x)
    \(Self.decoding)

    """
  }

  private var pspNet: String {
    let stride = own["outputStride"]?.asNumber ?? 32
    var changes = ""
    if stride < 32 { changes += "\n        self.features[30] = nn.Identity()  # no pooling" }
    if stride < 16 {
      changes += """

                self.features[23] = nn.Identity()
                for number in (24, 26, 28):
                    self.features[number].dilation = self.features[number].padding = (2, 2)
        """
    }
    return """
      class Network(nn.Module):
          def __init__(self, widths=\(vggWidths)):
              super().__init__()
              self.features, width = vgg16(widths), widths[-1]\(changes)
              self.pool1, self.pool2, self.pool3, self.pool6 = (layer(width, width, 1, bias=False) for _ in range(4))
              self.merge = layer(5 * width, width, 1, bias=False)
              self.head = nn.Conv2d(width, len(CLASSES), 3, padding=1)

          def forward(self, x):
              features = self.features(x)
              levels = [features]
              for bins, level in ((1, self.pool1), (2, self.pool2), (3, self.pool3), (6, self.pool6)):
                  pooled = level(F.adaptive_avg_pool2d(features, bins))
                  levels.append(F.interpolate(pooled, features.shape[2:], mode="bilinear"))
              logits = self.head(self.merge(torch.cat(levels, 1)))
              return F.interpolate(logits, x.shape[2:], mode="bilinear")


      """
  }

  private var fcn: String {
    """
    class Network(nn.Module):
        def __init__(self, widths=\(vggWidths), wide=\(outputs("fc6"))):
            super().__init__()
            self.features = vgg16(widths)
            self.fc6, self.fc7 = nn.Conv2d(widths[4], wide, 3, padding=1), nn.Conv2d(wide, wide, 1)
            self.dropout = nn.Dropout(\(own["dropout"] ?? .number(0)))
            self.score32, self.score16, self.score8 = (
                nn.Conv2d(width, len(CLASSES), 1) for width in (wide, widths[3], widths[2]))

        def forward(self, x):
            size, pooled = x.shape[2:], []
            for part in self.features:
                x = part(x)
                if isinstance(part, nn.MaxPool2d):
                    pooled.append(x)
            for wide in (self.fc6, self.fc7):
                x = self.dropout(F.relu(wide(x)))
            x = self.score32(x)
            for score, level in ((self.score16, pooled[3]), (self.score8, pooled[2])):
                x = F.interpolate(x, level.shape[2:], mode="bilinear") + score(level)
            return F.interpolate(x, size, mode="bilinear")


    """
  }

  private var smpUNet: String {
    """
    class Network(nn.Module):
        \"""Its arrays are also those of segmentation_models_pytorch.Unet("vgg16", classes=len(CLASSES)).\"""

        def __init__(self, down=\(vggWidths), up=\(outputs((1...5).reversed().map { "up\($0).1" }))):
            super().__init__()
            self.encoder, i = nn.ModuleDict({"features": vgg16(down)}), down[-1]
            center, blocks = nn.Sequential(layer(i, i), layer(i, i)), nn.ModuleList()
            for o, skip in zip(up, down[:0:-1] + (0,)):
                blocks.append(nn.ModuleDict({"conv1": layer(i + skip, o), "conv2": layer(o, o)}))
                i = o
            self.decoder = nn.ModuleDict({"center": center, "blocks": blocks})
            self.segmentation_head = nn.Sequential(nn.Conv2d(i, len(CLASSES), 3, padding=1))

        def forward(self, x):
            skips = []
            for part in self.encoder["features"]:
                if isinstance(part, nn.MaxPool2d):
                    skips.append(x)
                x = part(x)
            x, skips = self.decoder["center"](x), skips[1:]  # the finest level has no skip
            for block in self.decoder["blocks"]:
                x = torch.cat([F.interpolate(x, scale_factor=2)] + skips[-1:], 1)
                x, skips = block["conv2"](block["conv1"](x)), skips[:-1]
            return self.segmentation_head(x)


    """
  }

  private var bottleneckUNet: String {
    let shape = BottleneckShape(model)
    let stages = shape.stages.map { stage in
      "    [\(stage.map { "(\($0.inputs), \($0.outputs), \($0.expansion), \($0.size), \($0.stride))" }.joined(separator: ", "))],"
    }
    let activation = shape.isSqueezed ? "nn.SiLU()" : "nn.ReLU6()"
    let widths = (1...shape.levels).reversed().map { "up\($0).1" }
    let padding =
      shape.isOfTensorFlow
      ? """
      class Convolution(nn.Conv2d):
          \"""Padded as TensorFlow does it: with a stride more at the right and below.\"""

          def forward(self, x):
              total = self.kernel_size[0] - self.stride[0]
              return super().forward(F.pad(x, 2 * (total // 2, total - total // 2)))


      """
      : """
      def Convolution(i, o, size, **options):
          return nn.Conv2d(i, o, size, padding=size // 2, **options)


      """
    let squeezing =
      !shape.isSqueezed
      ? ""
      : """
      class Squeeze(nn.Module):
          def __init__(self, wide, narrow):
              super().__init__()
              self.conv_reduce, self.conv_expand = nn.Conv2d(wide, narrow, 1), nn.Conv2d(narrow, wide, 1)

          def forward(self, x):
              return x * self.conv_expand(F.silu(self.conv_reduce(x.mean((2, 3), keepdim=True)))).sigmoid()


      """
    return """
      # Blocks of each stage: channels in and out, expansion, size of the kernel, stride.
      STAGES = [
      \(stages.joined(separator: "\n"))
      ]


      def normalisation(channels):
          return nn.BatchNorm2d(channels, eps=\(shape.isOfTensorFlow ? "1e-3" : "1e-5"), momentum=0.01)


      \(padding)


      \(squeezing)


      class Block(nn.Module):
          \"""An inverted bottleneck, its parts named as timm does.\"""

          def __init__(self, i, o, expansion, size, stride):
              super().__init__()
              self.is_residual, wide = stride == 1 and i == o, expansion * i
              self.parts = ("conv_pw", "conv_dw", "conv_pwl") if expansion > 1 else ("conv_dw", "conv_pw")
              convolutions = [Convolution(wide, wide, size, stride=stride, groups=wide, bias=False)]
              convolutions += [nn.Conv2d(wide, o, 1, bias=False)]
              if expansion > 1:
                  convolutions.insert(0, nn.Conv2d(i, wide, 1, bias=False))
              for number, (name, convolution) in enumerate(zip(self.parts, convolutions), 1):
                  self.add_module(name, convolution)
                  self.add_module(f"bn{number}", normalisation(convolution.out_channels))
      \(!shape.isSqueezed ? "" : "        self.se = Squeeze(wide, i // 4)\n")        self.activation = \(activation)

          def forward(self, x):
              y = x
              for number, name in enumerate(self.parts, 1):
                  y = getattr(self, f"bn{number}")(getattr(self, name)(y))
                  if number < len(self.parts):
                      y = self.activation(y)
      \(!shape.isSqueezed ? "" : "            if name == \"conv_dw\":\n                y = self.se(y)\n")        return x + y if self.is_residual else y


      class Network(nn.Module):
          def __init__(self, stem=\(outputs("encoder.stem")), widths=\(outputs(widths))):
              super().__init__()
              self.conv_stem, self.bn1 = Convolution(3, stem, 3, stride=2, bias=False), normalisation(stem)
              self.activation = \(activation)
              self.blocks = nn.Sequential(*(nn.Sequential(*(Block(*block) for block in stage)) for stage in STAGES))
              skips = [stage[0][0] for stage in STAGES if stage[0][4] > 1][::-1] + [0]
              i = STAGES[-1][-1][1]
      \(Self.decoder)

          def forward(self, x):
              x, skips = self.activation(self.bn1(self.conv_stem(x))), []
              for stage in self.blocks:
                  y = stage(x)
                  if y.shape[2] < x.shape[2]:
                      skips.append(x)
                  x = y
      \(Self.decoding)

      """
  }
}

/// What an encoder of inverted bottlenecks is made of, from its parameters.
private struct BottleneckShape {
  struct Block {
    let inputs, outputs, expansion, size, stride: Int
  }

  let stages: [[Block]]
  let isSqueezed: Bool
  /// Whether its convolutions are padded, and its variances kept from zero, as TensorFlow does it.
  let isOfTensorFlow: Bool
  /// Levels of the way up.
  let levels: Int

  /// Strides of the first blocks of all stages, in EfficientNet and MobileNetV2.
  private static let strides = [1, 2, 2, 2, 1, 2, 1]

  init(_ model: NetworkModel) {
    let extents = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0.extents) })
    let published = model.architecture.publishedNames
    var (stages, number) = ([[Block]](), 1)
    while let depthwise = extents["encoder.block\(number).depthwise.kernel"],
      let project = extents["encoder.block\(number).project.kernel"],
      // blocks.STAGE.REPEAT.conv_dw.weight
      let name = published["encoder.block\(number).depthwise.kernel"]?.split(separator: "."),
      let stage = Int(name[1])
    {
      let wide = depthwise[2]
      let inputs = extents["encoder.block\(number).expand.kernel"]?[2] ?? wide
      if stage == stages.count { stages.append([]) }
      stages[stage].append(
        Block(
          inputs: inputs, outputs: project[3], expansion: wide / inputs, size: depthwise[0],
          stride: stages[stage].isEmpty ? Self.strides[stage] : 1))
      number += 1
    }
    self.stages = stages
    isSqueezed = extents["encoder.block1.squeeze.reduce.kernel"] != nil
    isOfTensorFlow = "\(model.architecture.values["variant"] ?? .none)".hasPrefix("lite")
    levels = extents.keys.count { $0.hasPrefix("rise") && $0.hasSuffix(".kernel") }
  }
}
