import SigV4
import Testing

@Suite("The self-test of signatures")
struct SigV4SelfTestTests {
    @Test("passes in a build that signs as AWS does")
    func passes() {
        #expect(SigV4SelfTest.passes())
    }
}
