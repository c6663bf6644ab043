import Compute
import Scenes

extension Street {
  /// One street with all that stands on it, and the camera that sees it; independent of resolution.
  struct Layout: Sendable {
    private let camera: Camera
    private let sky: Sky
    private let backdrop: Backdrop
    private let road: Road
    private let patches: [Patch]
    private let things: [any Thing]
    private let ego: Ego

    init(seed: UInt64, index: Int) {
      var random = RandomStream(seed: seed, UInt64(index), RandomStream.key("street"))
      let plan = Plan(random: &random)
      sky = Sky(random: &random)
      ego = Ego(random: &random)
      let lane = plan.roadHalf - (plan.parking.right ? 2.1 : 0)
      camera = Camera(
        height: random.uniform(1.15...1.45), x: lane * random.uniform(0.4...0.6), horizon: random.uniform(0.4...0.47),
        vanishing: 0.5 + random.uniform(-0.06...0.06) - plan.bend * 25, roll: random.uniform(-0.03...0.03))
      backdrop = Backdrop(seed: random.next(), floors: plan.floors.upperBound, greenness: plan.openness)
      road = Road(plan: plan, seed: random.next())
      let lots = Lots(plan: plan, random: &random)
      patches = lots.patches
      var life = Life(plan: plan, cameraX: camera.x)
      life.populate(&random)
      let all = lots.things + life.things
      // Equally far things keep their order, so that the result never depends on how the sort works.
      let order = all.indices.sorted { (all[$0].depth, $1) > (all[$1].depth, $0) }
      things = order.map { all[$0] }
    }

    /// Paints from far to near.
    func draw(on canvas: Canvas) {
      let painter = Painter(canvas: canvas, camera: camera, light: sky.light)
      sky.draw(with: painter)
      backdrop.draw(with: painter)
      road.draw(with: painter)
      for patch in patches { patch.draw(with: painter) }
      for thing in things { thing.drawShadow(with: painter) }
      for thing in things { thing.draw(with: painter) }
      ego.draw(with: painter)
    }
  }

  /// Places what moves or stands on road and pavements.
  private struct Life {
    private(set) var things: [any Thing] = []
    let plan: Plan
    let cameraX: Float

    init(plan: Plan, cameraX: Float) {
      (self.plan, self.cameraX) = (plan, cameraX)
    }

    mutating func populate(_ random: inout RandomStream) {
      for side in [-1, 1] as [Float] {
        park(side, &random)
        plant(side, &random)
        furnish(side, &random)
      }
      drive(&random)
      walk(&random)
      ride(&random)
    }

    private mutating func park(_ side: Float, _ random: inout RandomStream) {
      guard side < 0 ? plan.parking.left : plan.parking.right else { return }
      let density = random.uniform(0.2...0.85)
      var z = random.uniform(7...16)
      while z < 120 {
        let isFree = !plan.isCrossed(z, margin: 7) && abs((plan.zebra ?? -50) + 1.5 - z) > 6
        if isFree, random.uniform() < density {
          let x = side * (plan.roadHalf - random.uniform(0.95...1.15))
          let heading = (side < 0 ? Float.pi : 0) + random.uniform(-0.04...0.04) + 2 * plan.bend * z
          things.append(
            Vehicle(random.pick(VehicleShape.cars), at: plan.point(x, 0, z), heading: heading, random: &random))
        }
        z += random.uniform(5.3...7)
      }
    }

    private mutating func plant(_ side: Float, _ random: inout RandomStream) {
      let step = random.uniform(7...13)
      let height = random.uniform(6...12)
      for z in stride(from: random.uniform(7...16), to: 130, by: step) {
        guard random.uniform() < plan.treeDensity, !plan.isCrossed(z, margin: 3) else { continue }
        let foot = plan.point(side * (plan.roadHalf + random.uniform(0.6...1)), 0, z)
        things.append(Tree(foot: foot, height: height * random.uniform(0.85...1.15), random: &random))
      }
    }

    private mutating func furnish(_ side: Float, _ random: inout RandomStream) {
      let kerb = side * (plan.roadHalf + 0.45)
      for z in stride(from: random.uniform(6...25), to: 130, by: random.uniform(18...34)) {
        things.append(Post(.lamp, at: plan.point(kerb, 0, z), roadward: -side, random: &random))
      }
      for _ in 0..<1 + random.integer(below: 4) {
        let kind = random.pick([Post.Kind.sign, .sign, .doubleSign, .board])
        let z = random.uniform(7...70)
        guard !plan.isCrossed(z) else { continue }
        things.append(Post(kind, at: plan.point(kerb + side * 0.2, 0, z), roadward: -side, random: &random))
      }
      if let junction = plan.junction ?? plan.zebra.map({ $0...$0 + 3 }), random.uniform() < 0.75 {
        for z in [junction.lowerBound - 0.6, junction.upperBound + 0.6] {
          things.append(Post(.trafficLight, at: plan.point(kerb, 0, z), roadward: -side, random: &random))
        }
      }
      if random.uniform() < 0.3 {
        let start = random.uniform(6...30)
        for post in 0..<8 {
          let z = start + 1.8 * Float(post)
          things.append(Post(.bollard, at: plan.point(kerb - side * 0.1, 0, z), roadward: -side, random: &random))
        }
      }
      for _ in 0..<2 + random.integer(below: 5) {
        let z = random.uniform(6...40)
        guard !plan.isCrossed(z) else { continue }
        let x = side * (plan.frontage(side) - random.uniform(0.4...1))
        things.append(Clutter(at: plan.point(x, 0, z), random: &random))
      }
      for _ in 0..<random.integer(below: 4) {
        let x = side * (plan.frontage(side) - random.uniform(0.4...1.2))
        things.append(
          Rider(
            at: plan.point(x, 0, random.uniform(6...35)), isAside: random.uniform() < 0.7, isParked: true,
            random: &random))
      }
    }

    private mutating func drive(_ random: inout RandomStream) {
      let shapes = VehicleShape.cars + VehicleShape.cars + [.lorry, .bus]
      var taken: [Float] = []
      var free: Float = random.uniform(11...45)
      for _ in 0..<plan.traffic {
        let shape = random.pick(shapes)
        let isOncoming = random.uniform() < 0.55
        let z = isOncoming ? random.uniform(12...85) : free + shape.length / 2
        if !isOncoming { free += shape.length + random.uniform(5...25) }
        let margin: Float = (isOncoming ? plan.parking.left : plan.parking.right) ? 2.1 : 0
        let lane =
          isOncoming ? -(plan.roadHalf - margin) * random.uniform(0.45...0.58) : cameraX + random.uniform(-0.3...0.3)
        let heading = (isOncoming ? Float.pi : 0) + random.uniform(-0.05...0.05) + 2 * plan.bend * z
        if isOncoming {
          guard !taken.contains(where: { abs($0 - z) < 12 }) else { continue }
          taken.append(z)
        }
        things.append(Vehicle(shape, at: plan.point(lane, 0, z), heading: heading, random: &random))
      }
      guard let junction = plan.junction else { return }
      for _ in 0..<random.integer(below: 3) {
        let z = mix(junction.lowerBound, junction.upperBound, random.uniform(0.3...0.7))
        let x = random.uniform(4...18) * (random.uniform() < 0.5 ? -1 : 1)
        let heading = (x < 0 ? Float.pi : -Float.pi) / 2 + random.uniform(-0.3...0.3)
        things.append(Vehicle(random.pick(shapes), at: plan.point(x, 0, z), heading: heading, random: &random))
      }
    }

    private mutating func walk(_ random: inout RandomStream) {
      for _ in 0..<plan.crowd {
        let side: Float = random.uniform() < 0.5 ? -1 : 1
        let width = side < 0 ? plan.pavements.x : plan.pavements.y
        let distance = random.uniform()
        let z = 6 + 50 * distance * distance.squareRoot()
        let x = side * (plan.roadHalf + random.uniform(0.3...width - 0.3))
        let company = random.uniform() < 0.35 ? 2 : 1
        for friend in 0..<company {
          let foot = plan.point(x + 0.6 * Float(friend), 0, z + random.uniform(-0.3...0.3))
          things.append(Person(at: foot, random: &random))
        }
      }
      let crossing = plan.zebra.map { $0 + 1.5 } ?? random.uniform(12...45)
      for _ in 0..<random.integer(below: plan.zebra == nil ? 2 : 5) {
        let x = random.uniform(-plan.roadHalf...plan.roadHalf)
        things.append(Person(at: plan.point(x, 0, crossing + random.uniform(-1...1)), random: &random))
      }
    }

    private mutating func ride(_ random: inout RandomStream) {
      for _ in 0..<1 + random.integer(below: 3) {
        let isAside = random.uniform() < 0.3
        let side: Float = random.uniform() < 0.4 ? -1 : 1
        let margin: Float = (side < 0 ? plan.parking.left : plan.parking.right) ? 2.5 : 0.8
        let x = isAside ? random.uniform(-plan.roadHalf...plan.roadHalf) : side * (plan.roadHalf - margin)
        things.append(Rider(at: plan.point(x, 0, random.uniform(8...40)), isAside: isAside, random: &random))
      }
    }
  }
}
