/// A value that must never reach a log, an error or a debugger's dump.
///
/// Every textual form of it is `<redacted>`; the value itself is read through ``expose()`` alone, so that
/// each place where a secret leaves its wrapper can be found by searching for that one word.
package struct Secret<Value: Sendable>: Sendable {
    private let value: Value

    /// Wraps a value.
    package init(_ value: Value) {
        self.value = value
    }

    /// The value itself, for the one place that has to use it.
    package func expose() -> Value { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<redacted>`.
    package var description: String { "<redacted>" }

    /// Always `<redacted>`.
    package var debugDescription: String { "<redacted>" }

    /// A mirror without children, so that `dump` shows nothing.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
