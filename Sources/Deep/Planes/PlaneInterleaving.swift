/// `SpaceToBatch` on planes of bf16.
struct PlaneSpaceToBatch: PlaneOperation {
  let factor: Int

  func shape(of inputs: [Shape]) -> Shape { SpaceToBatch(factor: factor).shape(of: inputs) }

  func dilation(after dilation: Int) -> Int { SpaceToBatch(factor: factor).dilation(after: dilation) }

  var description: OperationDescription? { nil }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let interleaving = Interleaving(whole: input.shape, factor: factor)
    let result = tape.makePlanes(interleaving.split)
    interleaving.split(planes: input.seenPlanes(), into: result)
    return Output(result) { gradient in
      let whole = Tensor(planes: interleaving.whole)
      interleaving.join(planes: gradient, into: whole)
      input.contribute(whole)
    }
  }
}

/// `BatchToSpace` on planes of bf16.
struct PlaneBatchToSpace: PlaneOperation {
  let factor: Int

  func shape(of inputs: [Shape]) -> Shape { BatchToSpace(factor: factor).shape(of: inputs) }

  func dilation(after dilation: Int) -> Int { BatchToSpace(factor: factor).dilation(after: dilation) }

  var description: OperationDescription? { nil }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let interleaving = Interleaving(split: input.shape, factor: factor)
    let result = tape.makePlanes(interleaving.whole)
    interleaving.join(planes: input.seenPlanes(), into: result)
    return Output(result) { gradient in
      let split = Tensor(planes: interleaving.split)
      interleaving.split(planes: gradient, into: split)
      input.contribute(split)
    }
  }
}

extension Interleaving {
  /// Writes whole pictures to the split ones, plane by plane.
  fileprivate func split(planes source: Tensor, into target: Tensor) {
    forEachPixelOfPlanes { plane, whole, split in
      target.pixel(split, ofPlane: plane).update(from: source.pixel(whole, ofPlane: plane), count: ChannelPlanes.width)
    }
  }

  /// Writes split pictures to the whole ones, plane by plane.
  fileprivate func join(planes source: Tensor, into target: Tensor) {
    forEachPixelOfPlanes { plane, whole, split in
      target.pixel(whole, ofPlane: plane).update(from: source.pixel(split, ofPlane: plane), count: ChannelPlanes.width)
    }
  }

  private func forEachPixelOfPlanes(_ body: @Sendable (_ plane: Int, _ whole: Int, _ split: Int) -> Void) {
    for plane in 0..<ChannelPlanes(whole).count {
      forEachPixel(rowStart: { ChannelPlanes($0).rowStart($1) }, { body(plane, $0, $1) })
    }
  }
}

extension ChannelPlanes {
  /// Where a row begins, of those of all pictures.
  fileprivate func rowStart(_ row: Int) -> Int {
    let (picture, y) = row.quotientAndRemainder(dividingBy: Int(layout.height))
    return Int(layout.first) + picture * Int(layout.picture) + y * Int(layout.stride)
  }
}

extension Tensor {
  /// The channels that a plane has of a pixel.
  fileprivate func pixel(_ place: Int, ofPlane index: Int) -> MutableBFloats {
    plane(index) + place * ChannelPlanes.width
  }
}
