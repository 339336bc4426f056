import Sandbox
import SigV4

/// What `jobgate sandbox` tells the person who started it.
enum SandboxGuide {
    /// The text: where the gateway is, the demo key, and lines to paste.
    static func text(gatewayURL: String, key: String, awsURL: String) -> String {
        let (project, request) = SandboxScript.cancellableConversion
        let conversion = "\(gatewayURL)/projects/\(project)/conversions/\(request)"
        let transferJob = "\(gatewayURL)/transfer-jobs/\(SandboxScript.cancellableTransferJob)"
        let header = "-H 'Authorization: Bearer \(key)'"
        return """
            Jobgate's sandbox: the gateway on a simulated AWS. Ctrl-C ends it; nothing of it is kept.

            export JOBGATE_URL=\(gatewayURL)
            export JOBGATE_KEY=\(key)

            Cancel a conversion, then look at it:

            curl -sS -i -X DELETE \(header) \(conversion)
            curl -sS \(header) \(conversion)

            Cancel a transfer job and wait for its end:

            curl -sS -i -X DELETE -H 'Prefer: wait=10' \(header) \(transferJob)

            More of project \(project):  \(SandboxScript.conversions.map(\.request).joined(separator: ", "))
            More transfer jobs:  \(SandboxScript.transferJobs.map(\.id).joined(separator: ", "))

            The simulated AWS itself, for boto3 or the AWS CLI (the last line keeps TwinMaker's `api.` off the address):

            export AWS_ENDPOINT_URL=\(awsURL)
            export AWS_REGION=\(SimulatedAWS.region)
            export AWS_DEFAULT_REGION=\(SimulatedAWS.region)
            export AWS_ACCESS_KEY_ID=\(SimulatedAWS.credentials.accessKeyID)
            export AWS_SECRET_ACCESS_KEY=\(SimulatedAWS.credentials.secretAccessKey)
            export AWS_DISABLE_HOST_PREFIX_INJECTION=true

            With these set, `jobgate doctor` examines it; it speaks STS too, and any role of its account can be assumed.

            """
    }
}
