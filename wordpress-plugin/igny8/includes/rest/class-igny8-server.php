<?php
/**
 * The server.
 *
 * @package IGNY8
 */

/**
 * Takes a request from any transport to its route and sends the signed answer, whatever happens on the way.
 */
class IGNY8_Server {

	/**
	 * The request.
	 *
	 * @var IGNY8_Request
	 */
	private $request;

	/**
	 * The gate.
	 *
	 * @var IGNY8_Gate
	 */
	private $gate;

	/**
	 * Whether the answer is on its way.
	 *
	 * @var bool
	 */
	private $answered = false;

	/**
	 * Handles the current request, answers and ends PHP.
	 *
	 * @param string $name Name of the route.
	 */
	public static function serve( $name ) {
		( new self( $name ) )->handle();
	}

	/**
	 * Answers through admin-post.php (transport 3).
	 */
	public static function handle_admin_post() {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- the signature is verified instead.
		$name = isset( $_GET['igny8_route'] ) ? sanitize_key( wp_unslash( $_GET['igny8_route'] ) ) : '';
		self::serve( $name );
	}

	/**
	 * Reads the request.
	 *
	 * @param string $name Name of the route.
	 */
	private function __construct( $name ) {
		$this->request = new IGNY8_Request( $name, IGNY8_Routes::method( $name ) );
		$this->gate    = new IGNY8_Gate();
	}

	/**
	 * Handles the request, answers and ends PHP.
	 */
	private function handle() {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			// A cached answer would carry the signature of another request.
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals
		}
		ignore_user_abort( true );
		$can_sweep = true;
		ob_start();
		// Before WordPress sends what is in the output buffers.
		add_action( 'shutdown', array( $this, 'respond_after_exit' ), PHP_INT_MIN );
		try {
			$this->gate->admit( $this->request );
			IGNY8_Tables::upgrade();
			// What the app itself does here is no news to it.
			IGNY8_Watcher::pause();
			try {
				$result = IGNY8_Routes::dispatch( $this->request );
			} finally {
				IGNY8_Watcher::resume();
			}
			$this->respond(
				200,
				array(
					'ok'     => true,
					'result' => $result,
				)
			);
		} catch ( IGNY8_Exception $problem ) {
			$can_sweep = 'TABLES_MISSING' !== $problem->error_code;
			$this->respond_with_error( $problem );
		} catch ( Throwable $thrown ) {
			$this->respond_with_error( IGNY8_Exception::from_hook( $thrown, 'import-content' === $this->request->name ? 'content' : null ) );
		}
		IGNY8_Progress::end();
		if ( $can_sweep && '' !== $this->gate->sign( $this->request, 200, '' ) ) {
			IGNY8_Watcher::pause();
			IGNY8_Sweeper::run_after_response();
			IGNY8_Watcher::resume();
		}
		wp_cron();
		exit;
	}

	/**
	 * A hook may end PHP with exit() or a fatal error: leave nothing half done, and answer all the same.
	 */
	public function respond_after_exit() {
		if ( $this->answered ) {
			return;
		}
		$error   = error_get_last();
		$message = null !== $error && in_array( $error['type'], array( E_ERROR, E_USER_ERROR, E_RECOVERABLE_ERROR ), true ) ? strtok( $error['message'], "\n" ) : '';
		$reason  = '' === $message ? __( 'Another plugin or the theme ended the request.', 'igny8' ) : __( 'Another plugin or the theme failed:', 'igny8' ) . ' ' . $message;
		$problem = new IGNY8_Exception( 'HOOK_FAILED', $reason, 500, IGNY8_Publisher::undo_unfinished() );
		$this->respond_with_error( $problem );
	}

	/**
	 * Sends an error.
	 *
	 * @param IGNY8_Exception $problem Error.
	 */
	private function respond_with_error( $problem ) {
		$this->respond(
			$problem->status,
			array(
				'ok'    => false,
				'error' => $problem->to_array(),
			)
		);
	}

	/**
	 * Sends the answer, signed when the request's signature held. What hooks printed is thrown away.
	 *
	 * @param int                 $status HTTP status.
	 * @param array<string,mixed> $data   Answer.
	 */
	private function respond( $status, $data ) {
		$this->answered = true;
		// Buffers from before ours too: a byte too many at the start, and nobody can read the answer.
		while ( ob_get_level() > 0 && @ob_end_clean() ) { // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- some cannot be ended.
			continue;
		}
		$body      = (string) wp_json_encode( $data, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE );
		$signature = $this->gate->sign( $this->request, $status, $body );
		if ( $this->request->enveloped && '' !== $signature ) {
			$body = (string) wp_json_encode(
				array(
					'igny8_envelope' => array( 'signature' => $signature ),
					'body'           => $body,
				),
				JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
			);
		}
		if ( ! headers_sent() ) {
			status_header( $status );
			nocache_headers();
			header( 'Content-Type: application/json; charset=UTF-8' );
			header( 'X-Robots-Tag: noindex' );
			if ( '' !== $signature ) {
				header( 'X-IGNY8-Response-Signature: ' . $signature );
				$body = IGNY8_Compression::apply( $body );
			}
		}
		self::send( $body );
	}

	/**
	 * Sends bytes. With their length told, the caller need not wait for what is done after the answer.
	 *
	 * @param string $body Bytes.
	 */
	private static function send( $body ) {
		$plain = ! headers_sent() && ! ini_get( 'zlib.output_compression' ) && array() === array_diff( ob_list_handlers(), array( 'default output handler' ) );
		if ( $plain ) {
			header( 'Content-Length: ' . strlen( $body ) );
		}
		echo $body; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- JSON, signed before it was compressed.
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		} elseif ( $plain ) {
			while ( ob_get_level() > 0 && ob_end_flush() ) {
				continue;
			}
			flush();
		}
	}
}
