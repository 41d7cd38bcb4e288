<?php
/**
 * The contract's errors.
 *
 * @package IGNY8
 */

/**
 * An error with a code that the app knows, the step it happened in, and whether trying again helps.
 */
class IGNY8_Exception extends Exception {

	const STEPS = array( 'preflight', 'claim', 'media', 'taxonomies', 'content', 'commit', 'verify' );

	/**
	 * The contract's code.
	 *
	 * @var string
	 */
	public $error_code;

	/**
	 * HTTP status.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * Name of the step, or null.
	 *
	 * @var string|null
	 */
	public $step;

	/**
	 * More for the app.
	 *
	 * @var array<string,mixed>
	 */
	public $details;

	/**
	 * Whether the same request may succeed later.
	 *
	 * @var bool
	 */
	public $retry;

	/**
	 * Makes the error.
	 *
	 * @param string              $error_code Code.
	 * @param string              $message    Sentence for a person: what failed and what to do.
	 * @param int                 $status     HTTP status.
	 * @param string|null         $step       Step.
	 * @param array<string,mixed> $details    Details.
	 * @param bool                $retry      Whether to try again.
	 */
	public function __construct( $error_code, $message, $status = 422, $step = null, $details = array(), $retry = false ) {
		parent::__construct( $message );
		$this->error_code = $error_code;
		$this->status     = $status;
		$this->step       = $step;
		$this->details    = $details;
		$this->retry      = $retry;
	}

	/**
	 * The same error for an exception of another plugin, or of PHP itself.
	 *
	 * @param Throwable $thrown What was thrown.
	 * @param string    $step   Step it happened in.
	 * @return IGNY8_Exception
	 */
	public static function from_hook( $thrown, $step ) {
		if ( $thrown instanceof self ) {
			if ( null === $thrown->step ) {
				$thrown->step = $step;
			}
			return $thrown;
		}
		/* translators: %s: message of another plugin's error. */
		$message = sprintf( __( 'Another plugin or the theme failed: %s', 'igny8' ), $thrown->getMessage() );
		$details = array(
			'exception' => get_class( $thrown ),
			'at'        => self::place( $thrown->getFile() ) . ':' . $thrown->getLine(),
		);
		return new self( 'HOOK_FAILED', $message, 500, $step, $details );
	}

	/**
	 * The answer's `error`.
	 *
	 * @return array<string,mixed>
	 */
	public function to_array() {
		$number = array_search( $this->step, self::STEPS, true );
		return array(
			'code'              => $this->error_code,
			'message'           => $this->getMessage(),
			'step'              => $this->step,
			'step_number'       => false === $number ? null : $number + 1,
			'total_steps'       => count( self::STEPS ),
			'details'           => (object) $this->details,
			'recoverable'       => $this->status < 500 || $this->retry,
			'retry_recommended' => $this->retry,
		);
	}

	/**
	 * A path without the folders above wp-content: it goes over the wire.
	 *
	 * @param string $path Path.
	 * @return string
	 */
	private static function place( $path ) {
		$position = strpos( $path, 'wp-' );
		return false === $position ? basename( $path ) : substr( $path, $position );
	}
}
