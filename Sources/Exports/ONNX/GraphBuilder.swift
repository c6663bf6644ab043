import Compute
import Foundation

/// Gathers the operators and arrays of a graph of ONNX.
///
/// Values are known by their names. Operators are named after the layer that they belong to (`layer`), and what they
/// make after them.
final class GraphBuilder {
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  /// What the names of operators and arrays begin with.
  var layer = ""
  /// How often each name was given.
  private var given: [String: Int] = [:]
  /// Arrays of whole numbers by what they hold, so that each is stored once.
  private var known: [[Int]: String] = [:]

  private func name(_ wanted: String) -> String {
    given[wanted, default: 0] += 1
    let count = given[wanted, default: 1]
    return count == 1 ? wanted : "\(wanted)_\(count)"
  }

  // MARK: Operators

  /// Adds an operator with one result.
  ///
  /// - Parameter output: the name of its result; nil for the operator's own.
  /// - Returns: the name of its result.
  @discardableResult
  func add(
    _ type: String, _ inputs: [String], domain: String = "", output: String? = nil,
    _ attributes: KeyValuePairs<String, ONNXAttribute> = [:]
  ) -> String {
    let name = name("\(layer)/\(type)")
    let result = output ?? name
    nodes.append(
      ONNXNode(
        name: name, type: type, domain: domain, inputs: inputs, outputs: [result],
        attributes: attributes.map { (name: $0.key, value: $0.value) }))
    return result
  }

  /// Values as another type.
  func cast(_ value: String, to element: ONNXElement, output: String? = nil) -> String {
    add("Cast", [value], output: output, ["to": .int(element.rawValue)])
  }

  // MARK: Arrays

  /// An array of the file.
  ///
  /// - Returns: its name.
  func array(_ wanted: String, _ element: ONNXElement, _ extents: [Int], _ bytes: Data) -> String {
    let name = name("\(layer)/\(wanted)")
    initializers.append(ONNXTensor(name, element, extents, bytes))
    return name
  }

  func floats(_ wanted: String, _ values: [Float], _ extents: [Int]) -> String {
    precondition(values.count == extents.reduce(1, *), "\(values.count) values of \(wanted) \(extents)")
    return array(wanted, .float, extents, values.withUnsafeBytes { Data($0) })
  }

  func doubles(_ wanted: String, _ values: [Double], _ extents: [Int]) -> String {
    array(wanted, .double, extents, values.withUnsafeBytes { Data($0) })
  }

  /// A single number.
  func float(_ wanted: String, _ value: Float) -> String { floats(wanted, [value], []) }

  /// A list of whole numbers.
  func integers(_ values: [Int]) -> String { integers(values, [values.count]) }

  /// A single whole number.
  func integer(_ value: Int) -> String { integers([value], []) }

  private func integers(_ values: [Int], _ extents: [Int]) -> String {
    let key = [extents.count] + values
    if let name = known[key] { return name }
    let name = name("integers/" + (values.count > 8 ? "list" : values.map(String.init).joined(separator: ",")))
    initializers.append(
      ONNXTensor(name, .int64, extents, values.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }))
    known[key] = name
    return name
  }

  // MARK: Sizes

  /// An extent of a value when the graph runs, as a single whole number.
  func extent(_ axis: Int, of value: String) -> String {
    add("Gather", [add("Shape", [value]), integer(axis)], ["axis": .int(0)])
  }

  /// Single whole numbers as a list.
  func list(_ numbers: [String]) -> String {
    add("Concat", numbers.map { add("Unsqueeze", [$0, integers([0])]) }, ["axis": .int(0)])
  }

  /// A value [pictures, channels, height, width] at another size, bilinearly, with pixel centres at half positions.
  ///
  /// - Parameter size: height and width, a list of two whole numbers.
  func resize(_ value: String, to size: String) -> String {
    let kept = add("Slice", [add("Shape", [value]), integers([0]), integers([2])])
    return add(
      "Resize", [value, "", "", add("Concat", [kept, size], ["axis": .int(0)])],
      ["mode": .string("linear"), "coordinate_transformation_mode": .string("half_pixel")])
  }
}
