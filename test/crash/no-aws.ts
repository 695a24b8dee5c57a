/**
 * Stands in for the AWS adapters and their SDK, which one machine never calls: hundreds of starts spend a quarter of their
 * processor time on loading them.
 */
function absent(): never {
  throw new Error('The crash test runs without AWS.');
}

export {
  absent as awsEvents,
  absent as awsEvidenceStore,
  absent as awsLedger,
  absent as awsVault,
  absent as awsWorkflows,
  absent as awsWorkStore,
  absent as DynamoDBClient,
  absent as DynamoDBDocumentClient,
  absent as EventBridgeClient,
  absent as KMSClient,
  absent as S3Client,
  absent as SFNClient,
};
