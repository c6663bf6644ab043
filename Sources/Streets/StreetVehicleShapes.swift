import Scenes

extension Street {
  /// A corner of a vehicle's lengthwise outline: metres from its rear, height, and half its width there.
  struct Rib: Sendable {
    let along, height, half: Float

    init(_ along: Float, _ height: Float, _ half: Float) {
      (self.along, self.height, self.half) = (along, height, half)
    }
  }

  /// A part of a vehicle: an outline from the rear's foot over the roof to the front's foot, drawn out sideways.
  struct Hull: Sendable {
    let ribs: [Rib]
    /// Which strips between successive ribs hold a rear window and a windscreen, and which hold the lamps.
    var rearWindow: Int?
    var windscreen: Int?
    var rearLamps: Int?
    var frontLamps: Int?
    /// Panes of the sides as polygons of ribs, and side doors' joints.
    var panes: [[Rib]] = []
    /// A part of another colour than the vehicle's, such as a lorry's box.
    var isCargo = false
  }

  /// A body shape.
  struct VehicleShape: Sendable {
    let label: Label
    let length: Float
    let hulls: [Hull]
    let axles: [Float]
    let wheelRadius: Float
    let track: Float

    static let hatchback = car(
      [
        Rib(0.06, 0.3, 0.8), Rib(0, 0.82, 0.87), Rib(0.12, 0.98, 0.85), Rib(0.55, 1.44, 0.64), Rib(2.1, 1.5, 0.64),
        Rib(3.05, 1, 0.8), Rib(3.9, 0.82, 0.82), Rib(4.05, 0.6, 0.86), Rib(4, 0.3, 0.8),
      ], rear: 2, front: 4, length: 4.05)
    static let saloon = car(
      [
        Rib(0.06, 0.3, 0.82), Rib(0, 0.78, 0.89), Rib(0.08, 1, 0.86), Rib(0.75, 1.04, 0.84), Rib(1.45, 1.4, 0.64),
        Rib(2.6, 1.43, 0.64), Rib(3.5, 1, 0.82), Rib(4.45, 0.8, 0.84), Rib(4.62, 0.58, 0.88), Rib(4.56, 0.28, 0.82),
      ], rear: 3, front: 5, length: 4.62)
    static let estate = car(
      [
        Rib(0.06, 0.3, 0.82), Rib(0, 0.8, 0.89), Rib(0.1, 1.02, 0.86), Rib(0.45, 1.46, 0.68), Rib(2.75, 1.48, 0.66),
        Rib(3.6, 1.02, 0.82), Rib(4.55, 0.82, 0.84), Rib(4.7, 0.6, 0.88), Rib(4.64, 0.28, 0.82),
      ], rear: 2, front: 4, length: 4.7)
    static let offRoad = car(
      [
        Rib(0.05, 0.42, 0.86), Rib(0, 0.95, 0.93), Rib(0.08, 1.15, 0.9), Rib(0.35, 1.68, 0.74), Rib(2.5, 1.72, 0.74),
        Rib(3.3, 1.18, 0.88), Rib(4.35, 1.04, 0.9), Rib(4.5, 0.75, 0.93), Rib(4.45, 0.4, 0.86),
      ], rear: 2, front: 4, length: 4.5, wheelRadius: 0.37)
    static let van = VehicleShape(
      label: .car, length: 5.2,
      hulls: [
        Hull(
          ribs: [
            Rib(0, 0.4, 0.95), Rib(0, 1.15, 0.98), Rib(0.04, 1.9, 0.93), Rib(0.1, 2.25, 0.85), Rib(3.6, 2.3, 0.85),
            Rib(4.4, 1.3, 0.95), Rib(5.05, 1.05, 0.95), Rib(5.2, 0.7, 0.96), Rib(5.15, 0.35, 0.93),
          ], rearWindow: 1, windscreen: 4, rearLamps: 0, frontLamps: 6,
          panes: [[Rib(3, 1.3, 0.97), Rib(3, 1.95, 0.9), Rib(3.65, 1.95, 0.9), Rib(4.1, 1.3, 0.97)]])
      ], axles: [0.95, 4.25], wheelRadius: 0.35, track: 0.9)
    static let bus = VehicleShape(
      label: .bus, length: 11.5,
      hulls: [
        Hull(
          ribs: [
            Rib(0, 0.35, 1.2), Rib(0, 1.35, 1.25), Rib(0, 2.45, 1.25), Rib(0.15, 3.05, 1.2), Rib(11.3, 3.05, 1.2),
            Rib(11.45, 2.5, 1.25), Rib(11.5, 1.05, 1.25), Rib(11.45, 0.3, 1.2),
          ], rearWindow: 1, windscreen: 5, rearLamps: 0, frontLamps: 6,
          panes: (0..<6).map { bay in
            let left = 0.5 + 1.8 * Float(bay)
            return [
              Rib(left, 1.2, 1.25), Rib(left, 2.4, 1.25), Rib(left + 1.65, 2.4, 1.25), Rib(left + 1.65, 1.2, 1.25),
            ]
          })
      ], axles: [2.6, 8.9], wheelRadius: 0.48, track: 1.15)
    static let lorry = VehicleShape(
      label: .truck, length: 8.4,
      hulls: [
        Hull(
          ribs: [Rib(0, 0.75, 1.22), Rib(0, 1, 1.22), Rib(0, 3.4, 1.22), Rib(6.1, 3.4, 1.22), Rib(6.1, 0.75, 1.22)],
          rearLamps: 0, isCargo: true),
        Hull(
          ribs: [
            Rib(6.3, 0.5, 1.15), Rib(6.3, 2.6, 1.15), Rib(6.5, 2.95, 1.1), Rib(8.05, 2.85, 1.1), Rib(8.35, 1.6, 1.18),
            Rib(8.4, 0.9, 1.2), Rib(8.35, 0.4, 1.15),
          ], windscreen: 3, frontLamps: 5,
          panes: [[Rib(7.1, 1.6, 1.17), Rib(7.1, 2.4, 1.13), Rib(7.95, 2.4, 1.13), Rib(8.1, 1.6, 1.17)]]),
      ], axles: [1.3, 2.5, 7.3], wheelRadius: 0.48, track: 1.1)

    static let cars = [hatchback, saloon, estate, offRoad, hatchback, estate, van]

    /// A car, whose side panes fill the outline between its rear window and windscreen.
    private static func car(
      _ ribs: [Rib], rear: Int, front: Int, length: Float, wheelRadius: Float = 0.32
    ) -> VehicleShape {
      let (a, b, c, d) = (ribs[rear], ribs[rear + 1], ribs[front], ribs[front + 1])
      let pillar = (b.along + c.along) / 2
      let (top, foot) = (b.height - 0.1, max(a.height, d.height) + 0.02)
      let panes = [
        [
          Rib(a.along + 0.3, foot, a.half), Rib(b.along + 0.15, top, b.half), Rib(pillar - 0.05, top, b.half),
          Rib(pillar - 0.05, foot, a.half),
        ],
        [
          Rib(pillar + 0.05, foot, d.half), Rib(pillar + 0.05, top, c.half), Rib(c.along + 0.02, top, c.half),
          Rib(d.along - 0.3, foot, d.half),
        ],
      ]
      let hull = Hull(
        ribs: ribs, rearWindow: rear, windscreen: front, rearLamps: rear - (rear == 3 ? 2 : 1),
        frontLamps: ribs.count - 3,
        panes: panes)
      return VehicleShape(
        label: .car, length: length, hulls: [hull], axles: [0.8, length - 0.85], wheelRadius: wheelRadius, track: 0.78)
    }
  }
}
