import Scenes

/// The places of Cityscapes' eight categories in their class set, by name.
package enum Category: UInt8, CaseIterable, Sendable {
  case void, flat, construction, object, nature, sky, human, vehicle

  package static let count = allCases.count
  package var place: Int { Int(rawValue) }
}
