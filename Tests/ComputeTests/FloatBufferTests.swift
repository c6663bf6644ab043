import Compute
import Testing

@Suite("Buffers") struct FloatBufferTests {
  @Test("Spans show the buffer's values, and keep it while they are used")
  func spans() {
    let buffer = FloatBuffer(repeating: 1, count: 5)
    var target = buffer.mutableSpan
    for index in target.indices { target[index] += Float(index) }
    let values = buffer.span
    #expect(values.count == 5)
    let read = values.indices.map { values[$0] }
    #expect(read == [1, 2, 3, 4, 5])
    #expect((0..<5).map { buffer.pointer[$0] } == read)
  }
}
