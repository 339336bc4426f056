import ArgumentParser
import SigV4

/// What a program that signs makes sure of before it starts.
enum SelfTest {
    /// Ends the program when it does not sign as AWS does.
    static func run() throws {
        guard SigV4SelfTest.passes() else {
            Failure.report("jobgate: this build signs AWS's own example wrongly and would be refused; use another")
            throw Failure.software
        }
    }
}
