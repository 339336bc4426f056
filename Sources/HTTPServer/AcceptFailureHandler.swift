import Foundation
import NIOCore

/// Closes an accepting channel that wants for descriptors or memory; the server replaces it after a pause.
///
/// Left to itself it would try again at once and without end, since what it could not accept still waits: its
/// `read` stays pending when accept(2) fails, so that no handler's refusal to read can hold it back.
final class AcceptFailureHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What else comes here concerns one connection, which is closed already.
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else { return }
        context.close(promise: nil)
    }
}
