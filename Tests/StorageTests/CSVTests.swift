import Foundation
import Storage
import Testing

@Suite("CSV") struct CSVTests {
  @Test("What is written reads back: commas, quotes, line ends, empty fields, other scripts and numbers")
  func roundTrip() {
    let rows = [
      ["name", "a,b", "say \"so\"", "two\nlines", ""], ["", "é世", "\r\n", "\"", "x"], [""], ["", ""], ["last", "0"],
    ]
    let (wholes, numbers) = ([0, 7, -12, Int.max / 100, -5_000_000], [0.1, -1e300, 1.0 / 3])
    var writer = CSVWriter()
    for row in rows { writer.row(row) }
    for number in wholes { writer.field(number) }
    writer.endRow()
    for number in numbers { writer.field(number) }
    writer.endRow()
    var reader = CSVReader(writer.data)
    let read = rows.map { _ in reader.row() }
    #expect(read == rows)
    let readWholes = wholes.map { _ in reader.whole() }
    #expect(readWholes == wholes && reader.isAtRowStart)
    let readNumbers = numbers.map { _ in reader.number() }
    #expect(readNumbers == numbers && reader.isAtEnd)
    let beyond = reader.row()
    #expect(beyond == nil)
  }

  @Test("Rows are written as RFC 4180 says, but for the line feed alone")
  func layout() {
    var writer = CSVWriter()
    writer.field("a\"b")
    writer.field(-30)
    writer.field(0.5)
    writer.endRow()
    writer.row(["c", "d,e"])
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"a\"\"b\",-30,0.5\nc,\"d,e\"\n")
    #expect(CSV.quoted("plain") == "plain" && CSV.quoted("a\r\nb") == "\"a\r\nb\"")
  }

  @Test("Carriage returns and a missing last line end are read; the empty field behind a last comma is a field")
  func foreign() {
    var reader = CSVReader(Data("a,b\r\n1,2\r\n3,".utf8))
    let header = reader.row()
    #expect(header == ["a", "b"] && reader.line == 2)
    let first = reader.whole()
    #expect(first == 1 && !reader.isAtRowStart)
    let second = reader.whole()
    #expect(second == 2 && reader.isAtRowStart)
    let last = reader.row()
    #expect(last == ["3", ""] && reader.isAtEnd)
  }

  @Test("Text that isn't CSV is nil", arguments: ["\"open", "\"a\"b,c\n", "a\"b\n", "a\rb\n", "\"a\n"])
  func malformed(text: String) {
    var reader = CSVReader(Data(text.utf8))
    let row = reader.row()
    #expect(row == nil)
  }

  @Test(
    "What isn't a whole number is nil",
    arguments: ["", "x\n", "1.5\n", "-\n", "1234567890123456789\n", " 1\n", "+1\n", ",\n"])
  func notWhole(text: String) {
    var reader = CSVReader(Data(text.utf8))
    let number = reader.whole()
    #expect(number == nil)
  }

  @Test("Rows of too few or too many numbers are refused, and their line is known")
  func lengths() {
    var values = [0, 0]
    func reads(_ text: String) -> (isGood: Bool, line: Int) {
      var reader = CSVReader(Data(text.utf8))
      _ = reader.row()
      _ = reader.text()
      return (reader.wholes(into: &values), reader.line)
    }
    #expect(reads("x\nn,1,2\n") == (true, 3) && values == [1, 2])
    #expect(reads("x\nn,1\nn,1,2\n").isGood == false)
    #expect(reads("x\nn,1,2,3\n") == (false, 2))
  }
}
