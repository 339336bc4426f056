import AWSRuntime
import Foundation
import GatewayCore
package import RateLimiting

extension GatewayConfiguration {
    /// Where the callers' requests are counted.
    package struct Limiter: Sendable, Hashable {
        /// The store that all instances share; this instance's memory when `nil`.
        package var store: RedisEndpoint?
        /// A file that holds the store's password and nothing else.
        package var passwordFile: String?
        /// How long a request may wait for the store.
        package var timeout = Duration.milliseconds(50)
        /// What becomes of requests while the store is down.
        package var whenDown = StoreOutagePolicy.local
        /// How many instances share the store.
        package var replicas = 1
        /// What every key in the store begins with.
        package var prefix = "jobgate"
        /// A PEM file of the certificate authorities to trust for the store; the system's when `nil`.
        package var caBundle: String?

        /// The defaults.
        package init() {}
    }

    mutating func readLimiter(_ reader: inout ConfigurationReader) async {
        let form = "a URL such as redis://host:6379/0, rediss://user@host for TLS, or unix:///path/of/socket"
        limiter.store = await reader.value("limiter.url", form, isQuotable: false, parse: RedisEndpoint.init(url:))
        limiter.passwordFile = await reader.value("limiter.passwordFile", "the path of a file that holds a password") {
            (try? PasswordFile.read($0)) == nil ? nil : $0
        }
        let timeout = await reader.value("limiter.timeout", "a duration from 1ms to 5s, such as 50ms") { text in
            DurationText.parse(text).flatMap { $0 >= .milliseconds(1) && $0 <= .seconds(5) ? $0 : nil }
        }
        limiter.timeout = timeout ?? limiter.timeout
        let policies = StoreOutagePolicy.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        let whenDown = await reader.value("limiter.whenDown", "one of \(policies)", parse: StoreOutagePolicy.init)
        limiter.whenDown = whenDown ?? limiter.whenDown
        limiter.replicas = await reader.integer("limiter.replicas", 1...10_000) ?? limiter.replicas
        let prefix = await reader.value("limiter.prefix", "1 to 64 of A-Z, a-z, 0-9 and _:.-") { text in
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(Self.isPrefixByte) ? text : nil
        }
        limiter.prefix = prefix ?? limiter.prefix
        limiter.caBundle = await reader.value("limiter.caBundle", "a PEM file of at least one certificate") {
            AsyncHTTPClientTransport.canTrust(rootsAt: $0) ? $0 : nil
        }
        checkStore(&reader)
    }

    private func checkStore(_ reader: inout ConfigurationReader) {
        guard let store = limiter.store else { return }
        if store.password != nil, reader.isOfFlags("limiter.url") {
            reader.add(
                problem: "`limiter.url` holds a password, which a command line shows to others;"
                    + " put it into JOBGATE_LIMITER_URL or into the file of `limiter.passwordFile`",
                of: "limiter.url")
        }
        if store.password != nil, limiter.passwordFile != nil {
            reader.add(
                problem: "`limiter.passwordFile` is of no use: `limiter.url` holds a password",
                of: "limiter.passwordFile")
        }
        if !store.usesTLS, limiter.caBundle != nil {
            reader.add(
                problem: "`limiter.caBundle` is of no use without TLS: `limiter.url` begins with `rediss://` for it",
                of: "limiter.caBundle")
        }
    }

    private static func isPrefixByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "."),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// A file that holds a password: one line of up to 4096 bytes.
enum PasswordFile {
    /// Reads the password, without the end of its line.
    ///
    /// - Throws: ``RateLimiting/RedisError/noPassword(_:)`` when the file cannot be read or holds no password.
    static func read(_ path: String) throws(RedisError) -> Secret<String> {
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { file.closeFile() }
            bytes = try file.read(upToCount: 4_098) ?? Data()
        } catch {
            throw .noPassword("it cannot be read")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .noPassword("it is not UTF-8") }
        let password = text.hasSuffix("\r\n") ? text.dropLast() : text.hasSuffix("\n") ? text.dropLast() : text[...]
        guard (1...4_096).contains(password.utf8.count), !password.contains(where: \.isNewline) else {
            throw .noPassword("it is not one line of up to 4096 bytes")
        }
        return Secret(String(password))
    }
}
