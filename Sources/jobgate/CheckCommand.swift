import ArgumentParser
import GatewayApp

/// `jobgate check`: says what is wrong with the configuration, and where.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks the configuration; exits with 78 and says what is wrong, and where.")

    @OptionGroup var options: ServeOptions

    func run() async throws {
        do {
            _ = try await options.load()
        } catch {
            Failure.report("\(error)")
            throw Failure.configuration
        }
        print("configuration is valid")
    }
}
