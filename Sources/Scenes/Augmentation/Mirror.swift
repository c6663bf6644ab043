import Compute

/// Mirrors one scene in two about its vertical axis.
public struct Mirror: Augmentation {
  public let name = "mirror"

  public init() {}

  public func apply(to scene: Scene, random: inout RandomStream) -> Scene {
    random.uniform() < 0.5 ? scene.mirrored() : scene
  }
}

extension Scene {
  /// The scene with left and right exchanged, picture, labels and instances together.
  func mirrored() -> Scene {
    var scene = self
    let width = picture.width
    reverseRows(&scene.labels.labels, width: width, channels: 1)
    reverseRows(&scene.picture.pixels, width: width, channels: 3)
    if var instances = scene.instances {
      reverseRows(&instances.ids, width: width, channels: 1)
      scene.instances = instances
    }
    return scene
  }
}

private func reverseRows<Value>(_ values: inout [Value], width: Int, channels: Int) {
  for row in stride(from: 0, to: values.count, by: width * channels) {
    for x in 0..<width / 2 {
      for channel in 0..<channels {
        values.swapAt(row + x * channels + channel, row + (width - 1 - x) * channels + channel)
      }
    }
  }
}
