<?php
/**
 * The routes.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.
// phpcs:disable Squiz.Commenting.FunctionCommentThrowTag -- it takes the class that makes an exception for the exception's.

/**
 * Takes a request from any transport to its handler and sends the signed answer, whatever happens on the way.
 */
class IGNY8_Server {

	const REST_NAMESPACE = 'igny8/v1';

	/**
	 * Methods of the routes.
	 */
	const ROUTES = array(
		'status'             => 'GET',
		'site-metadata'      => 'GET',
		'post-by-content-id' => 'GET',
		'posts'              => 'GET',
		'taxonomies'         => 'GET',
		'health'             => 'GET',
		'pull-updates'       => 'GET',
		'upload-image'       => 'POST',
		'import-content'     => 'POST',
		'sync-settings'      => 'POST',
	);

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
	 * Registers the routes for REST (transports 1 and 2). Everybody may call: the signature is what counts.
	 */
	public static function register_rest_routes() {
		foreach ( self::ROUTES as $name => $method ) {
			register_rest_route(
				self::REST_NAMESPACE,
				'/' . $name,
				array(
					'methods'             => array_unique( array( $method, 'POST' ) ),
					'permission_callback' => '__return_true',
					'callback'            => static function () use ( $name ) {
						( new self( $name ) )->handle();
					},
				)
			);
		}
		$route = isset( $GLOBALS['wp']->query_vars['rest_route'] ) ? (string) $GLOBALS['wp']->query_vars['rest_route'] : '';
		if ( 0 === strpos( $route, '/' . self::REST_NAMESPACE . '/' ) ) {
			// Core's hundred routes are of no use to this request, and a publish is several requests.
			remove_action( 'rest_api_init', 'create_initial_rest_routes', 99 );
		}
	}

	/**
	 * Answers through admin-post.php (transport 3).
	 */
	public static function handle_admin_post() {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- the signature is verified instead.
		$name = isset( $_GET['igny8_route'] ) ? sanitize_key( wp_unslash( $_GET['igny8_route'] ) ) : '';
		( new self( $name ) )->handle();
	}

	/**
	 * Reads the request.
	 *
	 * @param string $name Name of the route.
	 */
	private function __construct( $name ) {
		$this->request = new IGNY8_Request( $name, isset( self::ROUTES[ $name ] ) ? self::ROUTES[ $name ] : 'POST' );
		$this->gate    = new IGNY8_Gate();
	}

	/**
	 * Handles the request, answers and ends.
	 */
	private function handle() {
		if ( ! defined( 'DONOTCACHEPAGE' ) ) {
			// A cached answer would carry the signature of another request.
			define( 'DONOTCACHEPAGE', true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals
		}
		ignore_user_abort( true );
		ob_start();
		// Before WordPress sends what is in the output buffers.
		add_action( 'shutdown', array( $this, 'answer_after_exit' ), PHP_INT_MIN );
		try {
			$this->gate->admit( $this->request );
			IGNY8_Tables::upgrade();
			// What the app itself does here is no news to it.
			IGNY8_Watcher::pause();
			try {
				$result = $this->dispatch();
			} finally {
				IGNY8_Watcher::resume();
			}
			$this->answer(
				200,
				array(
					'ok'     => true,
					'result' => $result,
				)
			);
		} catch ( IGNY8_Exception $problem ) {
			$this->answer_error( $problem );
		} catch ( Throwable $thrown ) {
			$this->answer_error( IGNY8_Exception::from_hook( $thrown, 'import-content' === $this->request->name ? 'content' : null ) );
		}
		IGNY8_Progress::end();
		if ( '' !== $this->gate->sign( $this->request, 200, '' ) ) {
			IGNY8_Watcher::pause();
			IGNY8_Sweeper::tidy();
			IGNY8_Watcher::resume();
		}
		wp_cron();
		exit;
	}

	/**
	 * Calls the handler of the route.
	 *
	 * @return array<string,mixed>
	 * @throws IGNY8_Exception When the handler refuses.
	 */
	private function dispatch() {
		$connection = $this->gate->connection;
		$expected   = isset( self::ROUTES[ $this->request->name ] ) ? self::ROUTES[ $this->request->name ] : '';
		if ( $this->request->method !== $expected ) {
			throw new IGNY8_Exception( 'ROUTE_UNKNOWN', __( 'This version of the plugin has no such route. Update the plugin.', 'igny8' ), 404 );
		}
		switch ( $this->request->name ) {
			case 'status':
				return IGNY8_Status::status( $connection );
			case 'site-metadata':
				return IGNY8_Status::site_metadata( $connection );
			case 'post-by-content-id':
				return IGNY8_Status::post_by_content_id( IGNY8_Payload::id( $this->request->parameter( 'content_id' ), 'content_id' ) );
			case 'posts':
				return IGNY8_Export::posts( $this->request );
			case 'taxonomies':
				return IGNY8_Export::taxonomies( $this->request );
			case 'health':
				IGNY8_Outbox_State::heard();
				return IGNY8_Health::report( $connection );
			case 'pull-updates':
				if ( IGNY8_Connection::is_clone( $connection ) ) {
					throw IGNY8_Connection::clone_error( $connection );
				}
				IGNY8_Outbox_State::heard();
				return IGNY8_Pull_Updates::run( $this->request );
			case 'sync-settings':
				if ( IGNY8_Connection::is_clone( $connection ) ) {
					throw IGNY8_Connection::clone_error( $connection );
				}
				return IGNY8_Sync_Settings::run( $this->request->json() );
			case 'upload-image':
				if ( IGNY8_Connection::is_clone( $connection ) ) {
					throw IGNY8_Connection::clone_error( $connection );
				}
				return ( new IGNY8_Upload_Request( $this->request ) )->run();
			default:
				return ( new IGNY8_Import( $connection, IGNY8_Payload::from_request( $this->request ) ) )->run();
		}
	}

	/**
	 * A hook may end PHP with exit() or a fatal error: leave nothing half done, and answer all the same.
	 */
	public function answer_after_exit() {
		if ( $this->answered ) {
			return;
		}
		$error   = error_get_last();
		$message = null !== $error && in_array( $error['type'], array( E_ERROR, E_USER_ERROR, E_RECOVERABLE_ERROR ), true ) ? strtok( $error['message'], "\n" ) : '';
		$reason  = '' === $message ? __( 'Another plugin or the theme ended the request.', 'igny8' ) : __( 'Another plugin or the theme failed:', 'igny8' ) . ' ' . $message;
		$problem = new IGNY8_Exception( 'HOOK_FAILED', $reason, 500, IGNY8_Publisher::undo_unfinished() );
		$this->answer_error( $problem );
	}

	/**
	 * Sends an error.
	 *
	 * @param IGNY8_Exception $problem Error.
	 */
	private function answer_error( $problem ) {
		$this->answer(
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
	private function answer( $status, $data ) {
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
