import Foundation
import Scenes
import Testing

@Suite("JPEG compression") struct JPEGCompressionTests {
  private func fixture(_ name: String) throws -> Picture {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return try PNG.picture(at: folder.appendingPathComponent("jpeg/\(name).png"))
  }

  @Test("What is left at a quality is what libjpeg leaves", arguments: [10, 35, 50, 75, 95, 100])
  func golden(quality: Int) throws {
    let (picture, expected) = (try fixture("picture"), try fixture("\(quality)"))
    func differences(_ made: Picture) -> [Int] { zip(made.pixels, expected.pixels).map { abs(Int($0) - Int($1)) } }
    func mean(_ values: [Int]) -> Double { Double(values.reduce(0, +)) / Double(values.count) }
    let found = differences(picture.compressed(quality: quality))
    let near = Double(found.count { $0 <= 2 }) / Double(found.count)
    // libjpeg's transform is in whole numbers, so frequencies at the border between two steps may fall to either side:
    // a few blocks differ by a wave.
    #expect(mean(found) < 0.6 && near > 0.92, "mean \(mean(found)), within 2 \(near), worst \(found.max() ?? 0)")
    #expect(mean(found) * 5 < mean(differences(picture)), "\(mean(differences(picture)))")
  }

  @Test("The lower the quality, the further the picture is from what it was")
  func quality() throws {
    let picture = try fixture("picture")
    let errors = [95, 70, 40, 15, 1].map { quality in
      zip(picture.pixels, picture.compressed(quality: quality).pixels).reduce(0) {
        $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1))
      }
    }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 < $1 }, "\(errors)")
  }
}
