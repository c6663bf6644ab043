import Settings

/// An experiment that comes with the program.
package struct Preset: Sendable {
  package let name: String
  /// YAML that opens with what it is, what it costs and what it should reach.
  package let yaml: String

  /// What it is, and what it needs: what its text opens with, before what it costs.
  package var summary: String {
    yaml.split(separator: "\n").prefix { !$0.hasPrefix("# Costs:") }.map { $0.drop { "# ".contains($0) } }
      .joined(separator: " ")
  }

  /// The experiment.
  package func experiment() throws -> Experiment {
    try Experiment(yaml: yaml, file: "preset \(name)")
  }
}

/// The presets by name; the first is the default.
package enum Presets {
  package static let all = [quick, smoke, camvid, ablation, weather, reproduction, augmentation]

  /// The preset called `name`.
  ///
  /// - Throws: `HarnessError.unknown` with the nearest.
  package static func named(_ name: String) throws -> Preset {
    guard let preset = all.first(where: { $0.name == name }) else {
      throw SettingError.unknown(kind: "preset", name: name, known: all.map(\.name))
    }
    return preset
  }

  static let quick = Preset(
    name: "quick",
    yaml: """
      # All seven models on synthetic streets: a first look at what segbench does.
      # Costs: about two minutes on two cores. Needs no data.
      # Should reach: a mean IoU of about 0.5 for the forest, 0.4 for the SVC, and more than the forest's for the larger
      # UNets.
      name: quick
      about: All seven models on small synthetic streets drawn by the program itself, networks at a quarter of their width.
      model: [random-forest, linear-svc, unet-mini, unet, vgg-unet, vgg-pspnet, efficientnet-unet]
      loss: ce
      augmentation: none
      seed: 0
      data:
        root: synthetic
        size: 128x64
        train: 100
        validation: 20
        test: 40
      training:
        epochs: 20
        batch: 4
        learningRate: 0.002
        schedule: cosine
        warmUpSteps: 100
        patience: 20
      network:
        width: 0.25
        outputStride: 8
      forest:
        trees: 30

      """)

  static let smoke = Preset(
    name: "smoke",
    yaml: """
      # The smallest comparison that goes through every part of the program; scores mean nothing.
      # Costs: seconds.
      name: smoke
      about: A check that every part of the program works; scores mean nothing.
      model: [random-forest, linear-svc, unet-mini, unet, vgg-unet, vgg-pspnet, efficientnet-unet]
      data:
        root: synthetic
        size: 64x32
        train: 8
        validation: 4
        test: 4
      training:
        epochs: 2
        batch: 4
      network:
        width: 0.125
      forest:
        trees: 5

      """)

  static let camvid = Preset(
    name: "camvid",
    yaml: """
      # Six models, and three losses for VGG-UNet, on 100 scenes of CamVid, three seeds each: give its folder with
      # --data, and VGG16's safetensors with --set encoder.weights=FILE.
      # Costs: about forty minutes on two cores.
      # Should reach: a test mean IoU (protocol seven) of about 0.56 for vgg-unet, above that of the classifiers.
      name: camvid
      about: Pixel classifiers against networks, and one loss against another, on 100 scenes of CamVid.
      margin: 0.02
      model: [random-forest, linear-svc, vgg-unet, vgg-pspnet]
      loss: ce
      seed: [0, 1, 2]
      also:
        # What starts from random weights takes larger steps, and more of them.
        - model: [unet-mini, unet]
          learningRate: 0.001
          epochs: 16
        - model: vgg-unet
          loss: [kl, dice]
      data:
        size: 128x96
        train: 100
        validation: 40
        unseen: true
      training:
        epochs: 8
        batch: 4
        learningRate: 0.0002
        schedule: cosine
        warmUpSteps: 20
        patience: 16

      """)

  static let ablation = Preset(
    name: "ablation",
    yaml: """
      # What each augmentation gains in clear weather and under fog, rain, snow and night, on synthetic streets.
      # Costs: fifteen short trainings. Needs no data.
      # Should reach: the best score under each weather for the models that were trained with it.
      name: ablation
      about: UNet-mini at half its width on synthetic streets, trained with each augmentation, tested under each weather.
      model: unet-mini
      augmentation: [none, mirror, fog, rain, mirror+fog/rain/snow/night]
      seed: [0, 1, 2]
      conditions: [fog-3, rain-3, snow-3, night-3]
      data:
        root: synthetic
        size: 128x64
        train: 100
        validation: 20
        test: 40
      training:
        epochs: 30
        batch: 4
        learningRate: 0.001
        schedule: cosine
        patience: 30
        augmentationPolicy: probability:0.5
      network:
        width: 0.5

      """)

  static let weather = Preset(
    name: "weather",
    yaml: """
      # The same ablation on real streets: give CamVid's or Cityscapes' folder with --data, and VGG16's safetensors with
      # --set encoder.weights=FILE; for Cityscapes also --set size=192x96.
      # Costs: about half an hour on two cores.
      # Should reach: the best score under each weather for the models that were trained with it.
      name: weather
      about: VGG-UNet on 100 scenes, trained with each augmentation, tested under each weather.
      margin: 0.02
      model: vgg-unet
      augmentation: [none, mirror, fog, rain, mirror+fog/rain/snow/night]
      seed: [0, 1, 2]
      conditions: [fog-3, rain-3, snow-3, night-3]
      data:
        size: 128x96
        train: 100
        validation: 40
        unseen: true
      training:
        epochs: 8
        batch: 4
        learningRate: 0.0002
        schedule: cosine
        warmUpSteps: 20
        patience: 10
        augmentationPolicy: probability:0.5

      """)

  static let reproduction = Preset(
    name: "reproduction",
    yaml: """
      # Every model on CamVid at a size that shows people, losses on the one that gives most for its time, output strides of
      # PSPNet, and what ImageNet weights and freezing bring: give CamVid's folder with --data; VGG16's and
      # EfficientNet-lite0's safetensors lie where it is started, as vgg16.safetensors and lite0.safetensors.
      # Costs: three hours and a half a seed on two cores; less with AMX and --set precision=bf16. Seeds may be run one
      # after the other: --set seed=0, then --set seed=1, and at last all of them for the report.
      # Should reach: a validation mean IoU of about 0.76 for efficientnet-unet, 0.67 for unet-mini.
      name: reproduction
      about:
        en: >-
          Models, losses, encoders, output strides and features on CamVid, each with the learning rate that validation
          chose of three (Benchmarks/tuning.yaml).
        fr: >-
          Modèles, fonctions de perte, encodeurs, pas de sortie et descripteurs sur CamVid, chacun avec le taux
          d'apprentissage retenu en validation parmi trois (Benchmarks/tuning.yaml).
      margin: 0.02
      model: vgg-unet
      loss: ce
      seed: [0, 1, 2, 3, 4]
      conditions: [fog-3, rain-3, snow-3, night-3]
      data:
        size: 256x192
        unseen: true
      training:
        epochs: 12
        batch: 4
        learningRate: 0.0004
        schedule: cosine
        warmUpSteps: 20
        patience: 100
      encoder:
        weights: vgg16.safetensors
      also:
        - model: vgg-pspnet
          loss: ce
          learningRate: 0.0002
          network.outputStride: [32, 8]
        # EfficientNet needs larger steps, and more of them, and takes a third of VGG-UNet's time for the same score, so that
        # losses are compared on it: from ImageNet's weights,
        - model: efficientnet-unet
          loss: [ce, kl, dice, ce+dice]
          network.variant: lite0
          network.stochasticDepth: 0
          encoder.weights: lite0.safetensors
          encoder.learningRate: 0.001
          learningRate: 0.004
          epochs: 30
        # the same frozen for six epochs, then thawed by a tenth,
        - model: efficientnet-unet
          loss: ce
          network.variant: lite0
          network.stochasticDepth: 0
          encoder.weights: lite0.safetensors
          encoder.learningRate: 0.001
          encoder.freeze: 6
          encoder.unfreeze: 0.1
          learningRate: 0.004
          epochs: 30
        # and from scratch.
        - model: efficientnet-unet
          loss: ce
          network.variant: lite0
          network.stochasticDepth: 0
          encoder.weights: null
          learningRate: 0.004
          epochs: 30
        - model: unet
          loss: ce
          learningRate: 0.0005
          epochs: 24
        - model: unet-mini
          loss: ce
          learningRate: 0.002
          epochs: 40
        - model: random-forest
          forest.minLeaf: 1
          features.sampling: random:5000
          features.groups: [filters, context]
        - model: linear-svc
          svc.c: 0.01
          features.sampling: random:5000

      """)

  static let augmentation = Preset(
    name: "augmentation",
    yaml: """
      # What augmentations gain the network that segments CamVid best for its cost, in clear weather and under fog, rain,
      # snow and night, as copies for a tenth of the scenes and as changes of every second one: give CamVid's folder with
      # --data, EfficientNet-lite0's safetensors with --set encoder.weights=FILE.
      # Costs: an hour and a half a seed on two cores. Seeds may be run one after the other, as in reproduction.
      # Should reach: the best score under each weather for the models that were trained with it.
      name: augmentation
      about:
        en: EfficientNet-UNet on CamVid, trained with each augmentation, tested under each weather.
        fr: EfficientNet-UNet sur CamVid, entraîné avec chaque augmentation et testé sous chaque météo simulée.
      margin: 0.02
      model: efficientnet-unet
      loss: ce
      augmentation: [mirror, fog, rain, mirror+fog/rain/snow/night]
      seed: [0, 1, 2, 3, 4]
      conditions: [fog-3, rain-3, snow-3, night-3]
      data:
        size: 256x192
        unseen: true
      training:
        epochs: 30
        batch: 4
        learningRate: 0.004
        schedule: cosine
        warmUpSteps: 20
        patience: 100
        augmentationPolicy: [append:0.1, probability:0.5]
      network:
        variant: lite0
        stochasticDepth: 0
      encoder:
        learningRate: 0.001
      also:
        - augmentation: none
          augmentationPolicy: probability:0.5
        - augmentation: rain
          loss: kl
          augmentationPolicy: probability:0.5

      """)
}
