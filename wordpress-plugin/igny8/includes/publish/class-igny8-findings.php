<?php
/**
 * What a preflight found.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Collects problems, which stop a publish, and warnings, which do not.
 */
class IGNY8_Findings {

	/**
	 * What was found.
	 *
	 * @var array<int,array<string,mixed>>
	 */
	protected $problems = array();

	/**
	 * What is worth knowing.
	 *
	 * @var array<int,array<string,string>>
	 */
	protected $warnings = array();

	/**
	 * Raises all problems at once.
	 *
	 * @throws IGNY8_Exception When there are any.
	 */
	protected function refuse_problems() {
		if ( array() !== $this->problems ) {
			$count   = count( $this->problems );
			$message = 1 === $count ? $this->problems[0]['message'] : sprintf(
				/* translators: %d: number of problems. */
				__( 'WordPress found %d problems; nothing was changed.', 'igny8' ),
				$count
			);
			throw new IGNY8_Exception( 'PREFLIGHT_FAILED', $message, 422, 'preflight', array( 'problems' => $this->problems ) );
		}
	}

	/**
	 * What is worth knowing.
	 *
	 * @return array<int,array<string,string>>
	 */
	protected function warnings() {
		return $this->warnings;
	}

	/**
	 * Notes a problem.
	 *
	 * @param string              $code    Code.
	 * @param string              $field   Field.
	 * @param string              $message What is wrong.
	 * @param string              $cure    What to do.
	 * @param array<string,mixed> $details More for the app.
	 */
	protected function problem( $code, $field, $message, $cure, $details = array() ) {
		$details          = (object) $details;
		$this->problems[] = compact( 'code', 'message', 'field', 'cure', 'details' );
	}

	/**
	 * Notes a warning.
	 *
	 * @param string $code    Code.
	 * @param string $message Sentence.
	 * @param string $field   Field.
	 */
	protected function warn( $code, $message, $field = '' ) {
		$this->warnings[] = array(
			'code'    => $code,
			'message' => $message,
			'field'   => $field,
		);
	}
}
