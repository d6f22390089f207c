//! Why a text is not a query.

/// Why a text is not a query. GUESS: the exception is documented, its messages are not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// AWS has this field, the local service does not.
    #[error("the field `{0}` of a query")]
    NotEmulated(String),
    #[error("{0}")]
    Invalid(String),
}
