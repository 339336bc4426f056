package import GatewayCore
import NIOCore
package import NIOSSL

/// How a store is used.
package struct RedisSettings: Sendable {
    /// Where it is.
    package var endpoint: RedisEndpoint
    /// Reads the password anew for each connection; `nil` for the one of the endpoint.
    package var password: (@Sendable () throws(RedisError) -> Secret<String>)?
    /// The rules of TLS, for an endpoint that uses it.
    package var tls: NIOSSLContext?
    /// How long one request may wait for the store.
    package var timeout = Duration.milliseconds(50)
    /// What every key begins with, before a colon.
    package var prefix = "jobgate"

    /// The defaults for an endpoint.
    package init(endpoint: RedisEndpoint) {
        self.endpoint = endpoint
    }

    /// How long a connection may take to be made and agreed on.
    var connectTimeout: TimeAmount { .seconds(1) }

    /// How long the store may be silent, while it is asked, until its connection is given up.
    package var patience: Duration { max(.milliseconds(500), timeout * 2) }
}
