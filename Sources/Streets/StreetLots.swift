import Compute
import Scenes

extension Street {
  /// A patch of ground beside the street.
  struct Patch: Sendable {
    let polygon: [Point]
    let label: Label
    let colour: Colour
    let texture: Texture

    func draw(with painter: Painter) {
      painter.fill(
        polygon, painter.mark(label), colour, texture: texture, across: Point(1, 0, 0), along: Point(0, 0, 1),
        facing: Point(0, 1, 0))
    }
  }

  /// Divides both sides of a street into lots, and builds on them.
  struct Lots {
    private(set) var things: [any Thing] = []
    private(set) var patches: [Patch] = []
    private let plan: Plan
    /// Height of the house on the front line that ends where the next lot begins, or 0.
    private var adjoining: Float = 0

    init(plan: Plan, random: inout RandomStream) {
      self.plan = plan
      for side in [-1, 1] as [Float] {
        var z: Float = -4
        adjoining = 0
        while z < Plan.end - 5 {
          if let junction = plan.junction, plan.isCrossed(z + 0.5) {
            z = junction.upperBound
            adjoining = 0
            continue
          }
          var end = z + random.uniform(8...21)
          if let junction = plan.junction, z < junction.lowerBound { end = min(end, junction.lowerBound) }
          build(side, z, end, &random)
          z = end
        }
      }
    }

    private mutating func build(_ side: Float, _ near: Float, _ far: Float, _ random: inout RandomStream) {
      // What is too narrow for a house stays open.
      guard far - near < 5 || random.uniform() < plan.openness else {
        adjoining = addHouse(side, near, far, setback: 0, neighbour: adjoining, &random)
        return
      }
      adjoining = 0
      switch random.integer(below: 5) {
      case 0 where far - near > 7: addGarden(side, near, far, &random)
      case 1 where far - near > 5: addYard(side, near, far, &random)
      default: addPark(side, near, far, &random)
      }
    }

    /// Adds a house, and gives its height.
    @discardableResult
    private mutating func addHouse(
      _ side: Float, _ near: Float, _ far: Float, setback: Float, neighbour: Float = 0, _ random: inout RandomStream
    ) -> Float {
      let x = side * (plan.frontage(side) + setback)
      let house = Building(
        from: plan.point(x, 0, near), to: plan.point(x, 0, far), side: side, neighbour: neighbour, plan: plan,
        random: &random)
      things.append(house)
      return house.height
    }

    /// A house behind a fence, wall or hedge and a lawn.
    private mutating func addGarden(_ side: Float, _ near: Float, _ far: Float, _ random: inout RandomStream) {
      addPatch(side, near, far, .terrain, random.vary(Colour(0.34, 0.4, 0.2), by: 0.25))
      addHouse(side, near + 1.5, far - 1.5, setback: random.uniform(5...10), &random)
      addBorder(side, near, far, &random)
      addTree(side, near, far, behind: 1.5...4, &random)
    }

    /// Grass with trees, open or behind a hedge or fence.
    private mutating func addPark(_ side: Float, _ near: Float, _ far: Float, _ random: inout RandomStream) {
      addPatch(
        side, near, far, .terrain,
        random.vary(random.pick([Colour(0.34, 0.4, 0.2), Colour(0.45, 0.4, 0.28)]), by: 0.25))
      if far - near > 5, random.uniform() < 0.55 {
        addHouse(side, near, far, setback: random.uniform(12...22), &random)
      }
      if random.uniform() < 0.6 { addBorder(side, near, far, &random) }
      for _ in 0..<2 + random.integer(below: 3) { addTree(side, near, far, behind: 1.5...10, &random) }
      if random.uniform() < 0.6 { addHedge(side, near, far, behind: 10.5, height: random.uniform(2...4.5), &random) }
    }

    /// A paved yard that no class is for, with a building at its back.
    private mutating func addYard(_ side: Float, _ near: Float, _ far: Float, _ random: inout RandomStream) {
      addPatch(side, near, far, .ground, random.vary(Colour(0.5, 0.47, 0.43), by: 0.2))
      addHouse(side, near, far, setback: random.uniform(7...14), &random)
      let x = side * (plan.frontage(side) + random.uniform(1...4))
      for _ in 0..<2 {
        let foot = plan.point(x, 0, random.uniform(near...far))
        if foot.z > 5 { things.append(Clutter(at: foot, random: &random)) }
      }
      let z = (near + far) / 2
      if z > 8, random.uniform() < 0.6 {
        let spot = plan.point(side * (plan.frontage(side) + 4), 0, z)
        things.append(
          Vehicle(random.pick(VehicleShape.cars), at: spot, heading: side * random.uniform(1.2...1.9), random: &random))
      }
    }

    private mutating func addPatch(
      _ side: Float, _ near: Float, _ far: Float, _ label: Label, _ colour: Colour
    ) {
      let (inner, outer) = (side * plan.frontage(side), side * (plan.frontage(side) + 60))
      let grass = Texture(grain: 0.22, grainSize: 0.12, stain: 0.25)
      let patch = Patch(
        polygon: [
          plan.point(inner, 0, near), plan.point(inner, 0, far), plan.point(outer, 0, far), plan.point(outer, 0, near),
        ], label: label, colour: colour, texture: grass)
      patches.append(patch)
    }

    /// A fence, wall or hedge on the front line.
    private mutating func addBorder(_ side: Float, _ near: Float, _ far: Float, _ random: inout RandomStream) {
      if random.uniform() < 0.4 {
        addHedge(side, near, far, behind: 0.9, height: random.uniform(0.9...2), &random)
      } else {
        things.append(Enclosure(line: line(side, near, far, behind: 0.1), random: &random))
      }
    }

    private mutating func addHedge(
      _ side: Float, _ near: Float, _ far: Float, behind: Float, height: Float, _ random: inout RandomStream
    ) {
      things.append(Hedge(line: line(side, near, far, behind: behind), height: height, random: &random))
    }

    private func line(_ side: Float, _ near: Float, _ far: Float, behind: Float) -> Wall {
      let x = side * (plan.frontage(side) + behind)
      return Wall(from: plan.point(x, 0, near), to: plan.point(x, 0, far), normal: Point(-side, 0, 0))
    }

    private mutating func addTree(
      _ side: Float, _ near: Float, _ far: Float, behind: ClosedRange<Float>, _ random: inout RandomStream
    ) {
      let foot = plan.point(side * (plan.frontage(side) + random.uniform(behind)), 0, random.uniform(near...far))
      guard foot.z > 6 else { return }
      things.append(Tree(foot: foot, height: random.uniform(5...13), random: &random))
    }
  }
}
