/// What is served as it is.
package enum ServedFiles {
  /// The page, in which `NONCE` stands for a number that is drawn for each answer.
  package static var page: String { EmbeddedText.index_html }
  /// The description of the API, OpenAPI 3.1.
  package static var openAPI: String { EmbeddedText.openapi_json }
}
