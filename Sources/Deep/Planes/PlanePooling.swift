import CTiles

/// `MaxPooling` on planes of bf16.
struct PlaneMaxPooling: PlaneOperation {
  func shape(of inputs: [Shape]) -> Shape { MaxPooling().shape(of: inputs) }

  var description: OperationDescription? { MaxPooling().description }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let layout = ChannelPlanes(input.shape).layout
    let result = tape.makePlanes(shape(of: [input.shape]))
    let seen = input.seenPlanes()
    result.planes?.forEach { plane, rows, _ in
      tiles_pool(rows, seen.plane(plane), layout, result.plane(plane))
    }
    return Output(result) { gradient in
      guard let (target, adds) = input.gradientTarget() else { return }
      let source = PlaneSource([input])
      result.planes?.forEach { plane, rows, _ in
        tiles_pool_gradient(
          rows, source.planes[plane], layout, source.scales[plane], source.shifts[plane],
          result.plane(plane), gradient.plane(plane), adds, target.plane(plane))
      }
    }
  }
}

/// `Upsampling` on planes of bf16.
struct PlaneUpsampling: PlaneOperation {
  func shape(of inputs: [Shape]) -> Shape { Upsampling().shape(of: inputs) }

  var description: OperationDescription? { Upsampling().description }

  func forward(_ inputs: [Variable], on tape: Tape) -> Output {
    let input = inputs[0]
    let small = ChannelPlanes(input.shape)
    let result = tape.makePlanes(shape(of: [input.shape]))
    let layout = ChannelPlanes(result.shape).layout
    let seen = input.seenPlanes()
    small.forEach { plane, rows, _ in tiles_double(rows, seen.plane(plane), layout, result.plane(plane)) }
    return Output(result) { gradient in
      guard let (target, adds) = input.gradientTarget() else { return }
      small.forEach { plane, rows, _ in
        tiles_double_gradient(rows, gradient.plane(plane), layout, adds, target.plane(plane))
      }
    }
  }
}
