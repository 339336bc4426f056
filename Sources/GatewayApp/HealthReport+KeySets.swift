import Authentication
import GatewayAPI

extension HealthReport.Issuer {
    /// How an issuer's key set stands.
    init(_ status: KeySets.Status) {
        self.init(
            name: status.issuer, state: status.keySet.state.rawValue, keys: status.keySet.keys,
            error: status.keySet.failure?.description)
    }
}
