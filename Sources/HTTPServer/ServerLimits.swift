/// What one client may take of the server, in bytes, fields, connections and time.
package struct ServerLimits: Sendable, Hashable {
    /// Bytes of a request line without its line break; a longer one is answered 414.
    package var maxRequestLineBytes = 8192
    /// Bytes of all header fields with their line breaks; more is answered 431.
    package var maxHeaderBytes = 16384
    /// Header fields of a request; more is answered 431.
    package var maxHeaderFields = 100
    /// Bytes of a request's content; more is answered 413.
    package var maxBodyBytes = 65536
    /// From a request's first byte to the end of its head, and from accepting a connection to its first byte.
    package var headerTimeout: Duration = .seconds(10)
    /// From a request's first byte to its last, however it trickles; also how long a response may take to be
    /// taken by the client.
    package var requestTimeout: Duration = .seconds(30)
    /// How long a connection may stay open between two requests.
    package var idleTimeout: Duration = .seconds(60)
    /// How long a responder of a safe request goes on once the client has ended its side of the connection.
    ///
    /// Who hangs up and who only says that nothing more is to come look alike: the latter gets what is ready by then.
    package var halfCloseTimeout: Duration = .seconds(1)
    /// Connections served at once; one more is answered 503.
    package var maxConnections = 1024
    /// How long draining waits for requests in flight before it closes their connections.
    package var drainTimeout: Duration = .seconds(25)

    /// The defaults, which suit a service of small JSON requests.
    package init() {}
}
