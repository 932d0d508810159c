// The function behind the custom resource of the template. It puts the sample item into the table when the stack is
// created or the item changes, and deletes it with the stack. The SDK comes with the Node.js runtime.
//
// It always answers CloudFormation, because otherwise the stack would hang until the timeout.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb"

/** How much of the function's time is reserved for the answer, in milliseconds. */
const ANSWER_RESERVE = 5_000
const ANSWER_ATTEMPTS = 3
const ANSWER_TIMEOUT = 1_500
/** In characters: a response may have at most 4,096 bytes. */
const MAX_REASON = 1_000

const dynamo = new DynamoDBClient({})

/** Plain texts as DynamoDB attributes. */
const attributes = (texts) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { S: String(text) }]))

/** Whether the properties name an item: `TableName` and `Key`. `Attributes` are optional. */
const isComplete = (properties) => {
  const { TableName, Key } = properties ?? {}
  return typeof TableName === "string" && typeof Key === "object" && Object.keys(Key ?? {}).length > 0
}

/** An id for each item. When the id changes, CloudFormation deletes the old item. */
const idOf = ({ TableName, Key }) => [TableName, ...Object.values(Key)].join("/")

const put = async ({ ResourceProperties: properties }, abortSignal) => {
  if (!isComplete(properties)) throw new Error("The custom resource needs the properties TableName and Key")
  const { TableName, Key, Attributes = {} } = properties
  const Item = attributes({ ...Attributes, ...Key })
  await dynamo.send(new PutItemCommand({ TableName, Item }), { abortSignal })
}

const remove = async ({ ResourceProperties: properties }, abortSignal) => {
  // If creation failed there is no item, and the rollback must not fail for that.
  if (!isComplete(properties)) return
  const { TableName, Key } = properties
  try {
    await dynamo.send(new DeleteItemCommand({ TableName, Key: attributes(Key) }), { abortSignal })
  } catch (error) {
    // The table is gone already, and the item with it.
    if (error.name !== "ResourceNotFoundException") throw error
  }
}

const ACTIONS = new Map([
  ["Create", put],
  ["Update", put],
  ["Delete", remove],
])

const act = async (event, context) => {
  const action = ACTIONS.get(event.RequestType)
  if (action === undefined) {
    throw new Error(`The request type is ${event.RequestType}; allowed: ${[...ACTIONS.keys()].join(", ")}`)
  }
  const budget = Math.max(1, context.getRemainingTimeInMillis() - ANSWER_RESERVE)
  await action(event, AbortSignal.timeout(budget))
}

const attempt = async (event, context) => {
  try {
    await act(event, context)
    return { Status: "SUCCESS" }
  } catch (error) {
    console.error(error)
    return { Status: "FAILED", Reason: `${error.name}: ${error.message}`.slice(0, MAX_REASON) }
  }
}

const physicalId = ({ LogicalResourceId, PhysicalResourceId, RequestType, ResourceProperties }) =>
  RequestType === "Delete" || !isComplete(ResourceProperties)
    ? (PhysicalResourceId ?? LogicalResourceId)
    : idOf(ResourceProperties)

const answer = async (url, body) => {
  for (let attempts = 1; ; attempts++) {
    try {
      const response = await fetch(url, {
        method: "PUT",
        // The URL is signed for a request without a content type.
        headers: { "content-type": "" },
        body,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT),
      })
      if (response.ok) return
      throw new Error(`CloudFormation's bucket refused the answer: ${response.status}`)
    } catch (error) {
      if (attempts === ANSWER_ATTEMPTS) throw error
    }
  }
}

export const handler = async (event, context) => {
  const { LogicalResourceId, RequestId, ResponseURL, StackId } = event
  if (ResponseURL === undefined) {
    throw new Error("This function answers CloudFormation's custom resource requests, and this is none")
  }
  const outcome = await attempt(event, context)
  const PhysicalResourceId = physicalId(event)
  await answer(
    ResponseURL,
    JSON.stringify({ ...outcome, PhysicalResourceId, StackId, RequestId, LogicalResourceId }),
  )
}
