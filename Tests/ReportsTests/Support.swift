import Foundation
import Logging
import Reports
import Storage
import TestSupport
import Testing

/// Says nothing.
let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The languages in which golden reports and notes are kept: those that are translated as a whole.
let goldenLanguages = [Language.english, .french]

/// Compares a text with the golden one in `Fixtures/<name>`.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  try TestSupport.expectGolden(text, name, in: Bundle.module, of: #filePath, sourceLocation: sourceLocation)
}
