import ArgumentParser
import GatewayApp

/// `jobgate`: the program's commands.
@main
struct JobgateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobgate",
        abstract:
            "Cancels AWS DMS metadata model conversions and IoT TwinMaker metadata transfer jobs over plain HTTP.",
        version: GatewayVersion.current,
        subcommands: [
            ServeCommand.self, SandboxCommand.self, KeysCommand.self, CheckCommand.self, DoctorCommand.self,
            HealthCommand.self, AuditCommand.self,
        ])

    static func main() async {
        ProcessSetup.openStandardDescriptors()
        ProcessSetup.ignoreBrokenPipes()
        await main(nil)
    }
}
