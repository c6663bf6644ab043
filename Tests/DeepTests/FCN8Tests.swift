import Deep
import Testing

@Suite struct FCN8Tests {
  @Test("FCN-8s has the parameters and operations of its layers")
  func size() throws {
    let network = try network("fcn8")
    // VGG16's 14,714,688; 9 * 512 * 1024 + 1024 and 1024 * 1024 + 1024; 8 scores of 1024, 512 and 256 channels.
    let wide = 4_719_616 + 1_049_600
    #expect(network.parameterCount(classes: eight) == 14_714_688 + wide + 8 * (1025 + 513 + 257))
    // At 1/32, 1/16 and 1/8 of 64x96 lie 6, 24 and 96 pixels.
    let own = 6 * (9 * 512 * 1024 + 1024 * 1024) + 8 * (6 * 1024 + 24 * 512 + 96 * 256)
    let encoder = (network.layers(classes: eight, height: 64, width: 96).filter { $0.name.hasPrefix("encoder.") })
    #expect(encoder.count == 13)
    let operations = network.operations(classes: eight, height: 64, width: 96)
    #expect(operations == 2 * (encoder.reduce(0) { $0 + $1.multiplyAdds } + own))
  }

  @Test("coarse scores are added to finer ones at 1/16 and 1/8")
  func sums() throws {
    let layers = try network("fcn8").layers(classes: eight, height: 64, width: 96)
    let sums = layers.filter { $0.operation.name == "sum" }
    #expect(sums.map(\.height) == [4, 8] && sums.map(\.channels) == [8, 8])
    #expect(sums.allSatisfy { $0.sources.count == 2 })
  }
}
