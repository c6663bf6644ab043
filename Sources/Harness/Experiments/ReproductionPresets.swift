// The earlier reports' comparison at a size that convinces, on CamVid: what is tuned first, and what is then compared.

extension Presets {
  static let tuning = Preset(
    name: "tuning",
    yaml: """
      # What the preset reproduction takes its hyperparameters from: three step sizes for each network, three sizes of leaves
      # for forests and three weights of losses for SVCs, each once, at half the length; validation chooses. Give CamVid's
      # folder with --data, from a folder with VGG16's weights as vgg16.safetensors and EfficientNet-lite0's, which
      # Tests/DeepTests/Fixtures/lite0_weights.py makes, as lite0.safetensors.
      # Costs: two hours on two cores with AMX; elsewhere add --set precision=fp32.
      name: tuning
      about: Three step sizes, or what stands for them, for each model on CamVid, once and at half the length.
      select: validation
      model: vgg-unet
      loss: ce
      seed: 0
      data:
        size: 256x192
        unseen: true
      training:
        precision: bf16
        epochs: 6
        batch: 4
        learningRate: [0.0001, 0.0002, 0.0004]
        schedule: cosine
        warmUpSteps: 20
        patience: 100
      encoder:
        weights: vgg16.safetensors
      also:
        - model: vgg-pspnet
        - model: efficientnet-unet
          network.variant: lite0
          network.stochasticDepth: 0
          encoder.weights: lite0.safetensors
          encoder.learningRate: 0.001
          learningRate: [0.002, 0.004, 0.008]
          epochs: 15
        - model: unet
          learningRate: [0.0005, 0.001, 0.002]
          epochs: 12
        - model: unet-mini
          learningRate: [0.001, 0.002, 0.004]
          epochs: 20
        - model: random-forest
          forest.minLeaf: [1, 8, 64]
          features.sampling: random:5000
          features.groups: [filters, context]
        - model: linear-svc
          svc.c: [0.01, 0.1, 1]
          features.sampling: random:5000

      """)
}
