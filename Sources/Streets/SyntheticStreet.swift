import Compute
import Scenes

/// Procedural street scenes, as a camera behind a windscreen sees them: the program's embedded data.
///
/// Each scene is a function of (seed, index) alone: the same bits at any time and on any number of threads. Its layout
/// has no resolution: the same index at another size shows the same street, with sharper or coarser pixels. Pictures
/// are laid out in the 2:1 shape of Cityscapes (Cordts et al. 2016, arXiv:1604.01685); another shape stretches them,
/// as resizing does. Labels and instance ids follow Cityscapes and are exact at pixel centres, while the picture's
/// edges mix the colours of both sides.
package struct SyntheticStreet: Sendable {
  /// The seed that all scenes derive from.
  package let seed: UInt64

  /// The streets of `seed`.
  package init(seed: UInt64) {
    self.seed = seed
  }

  /// The made-up cities that scenes belong to.
  package static let cities = [
    "altmark", "birkenfurt", "corvenne", "dunhaven", "estrella", "fjordby", "grauheim", "hollenau",
  ]

  /// How many successive scenes are of one city.
  package static let scenesPerCity = 25

  /// The city of a scene: runs of `scenesPerCity` indices, cities in turn.
  package static func city(of index: Int) -> String {
    cities[index / scenesPerCity % cities.count]
  }

  /// The name of a scene, such as `altmark_000000_000019`: city, round through the cities, index.
  package static func name(of index: Int) -> String {
    "\(city(of: index))_\(sixDigits(index / scenesPerCity / cities.count))_\(sixDigits(index))"
  }

  /// Draws scene `index` at `width` x `height`: labels as Cityscapes has them, with instance ids.
  package func scene(index: Int, width: Int, height: Int, labelTable: LabelTable = .cityscapes) -> Scene {
    precondition(index >= 0, "scene \(index) is negative")
    precondition(width > 0 && height > 0, "scene of \(width)x\(height)")
    let layout = Street.Layout(seed: seed, index: index)
    let canvas = Street.Canvas(width: width, height: height)
    layout.draw(on: canvas)
    let sensor = Street.Sensor(seed: seed, index: index)
    return Scene(
      name: Self.name(of: index), picture: sensor.develop(canvas), labels: canvas.labelMap,
      instances: canvas.instanceMap, labelTable: labelTable)
  }

  private static func sixDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}

/// What synthetic streets are made of.
///
/// Lengths are metres: x to the right of the road's middle line, y up from the ground, z ahead of the camera. Colours
/// are red, green and blue from 0 to 1, as a screen shows them.
enum Street {
  typealias Point = SIMD3<Float>
  typealias Colour = SIMD3<Float>

  /// Something that stands on the street.
  protocol Thing: Sendable {
    /// Its distance ahead, by which things are painted from far to near: the far end of what stands along the
    /// street's edge, the near end of what stands within.
    var depth: Float { get }
    /// Paints it, its ground shadow not included.
    func draw(with painter: Painter)
    /// Paints what it casts on the ground, before any thing stands there.
    func drawShadow(with painter: Painter)
  }

  /// The Cityscapes label ids that occur (`labels.py` of cityscapesScripts).
  enum Label: UInt8 {
    case egoVehicle = 1, outOfRegion = 3, staticClutter = 4, dynamicClutter = 5, ground = 6
    case road = 7, sidewalk = 8, building = 11, wall = 12, fence = 13
    case pole = 17, trafficLight = 19, trafficSign = 20, vegetation = 21, terrain = 22, sky = 23
    case person = 24, rider = 25, car = 26, truck = 27, bus = 28, motorcycle = 32, bicycle = 33

    /// Whether single things of the label are told apart by instance ids.
    var hasInstances: Bool { rawValue >= Label.person.rawValue }
  }
}

extension Street.Thing {
  func drawShadow(with painter: Street.Painter) {}
}
