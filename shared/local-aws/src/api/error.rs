//! What the APIs refuse, and the faults in each service's own words.

use world::Refusal;

use super::route::Service;

/// An error answer, before it is written in a protocol's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    /// There is no such operation here.
    pub(super) unknown: bool,
}

impl ApiError {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            code: code.to_owned(),
            message: message.into(),
            unknown: false,
        }
    }

    /// The caller's fault.
    pub(super) fn bad(code: &str, message: impl Into<String>) -> ApiError {
        ApiError::new(400, code, message)
    }

    /// A required member is missing.
    pub(super) fn missing(code: &str, member: &str) -> ApiError {
        ApiError::bad(
            code,
            format!(
                "1 validation error detected: Value null at '{member}' failed to satisfy \
                 constraint: Member must not be null"
            ),
        )
    }

    pub(super) fn unknown(operation: &str) -> ApiError {
        ApiError {
            unknown: true,
            ..ApiError::new(
                400,
                "UnknownOperationException",
                format!("the local AWS has no operation {operation}"),
            )
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        ApiError::bad(refusal.code, refusal.message)
    }
}

pub(super) fn not_signed(service: Service) -> ApiError {
    match service {
        Service::S3 => ApiError::new(
            403,
            "MissingAuthenticationToken",
            "The request was not signed.",
        ),
        Service::Elb | Service::Sns | Service::Sts => ApiError::new(
            403,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        Service::Lambda => ApiError::new(
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        _ => ApiError::bad(
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
    }
}

pub(super) fn throttled(service: Service) -> ApiError {
    match service {
        Service::S3 => ApiError::new(503, "SlowDown", "Please reduce your request rate."),
        Service::Sns => ApiError::new(429, "Throttled", "Rate exceeded"),
        Service::Elb | Service::Sts => ApiError::bad("Throttling", "Rate exceeded"),
        Service::Sqs => ApiError::new(403, "RequestThrottled", "Request is throttled."),
        Service::Lambda => ApiError::new(429, "TooManyRequestsException", "Rate Exceeded."),
        _ => ApiError::bad("ThrottlingException", "Rate exceeded"),
    }
}

pub(super) fn internal(service: Service) -> ApiError {
    let again = "We encountered an internal error. Please try again.";
    match service {
        Service::S3 => ApiError::new(500, "InternalError", again),
        Service::Ecs => ApiError::new(
            500,
            "ServerException",
            "Service Unavailable. Please try again later.",
        ),
        Service::Logs => ApiError::new(500, "ServiceUnavailableException", again),
        Service::Events => ApiError::new(500, "InternalException", again),
        Service::SecretsManager => ApiError::new(500, "InternalServiceError", again),
        Service::Lambda => ApiError::new(500, "ServiceException", again),
        _ => ApiError::new(500, "InternalFailure", again),
    }
}
