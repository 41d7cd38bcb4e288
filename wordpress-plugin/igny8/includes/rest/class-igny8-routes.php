<?php
/**
 * The table of routes.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.
// phpcs:disable Squiz.Commenting.FunctionCommentThrowTag -- it takes the class that makes an exception for the exception's.

/**
 * Every route of the plugin: what docs/wire-contract.md lists under "Plugin routes", and nothing else.
 *
 * There is no column for the permission: the server lets no request through before its signature was checked
 * (IGNY8_Gate), whatever its route.
 */
class IGNY8_Routes {

	const ITEMS_AT_MOST  = 500;
	const HASHES_AT_MOST = 5000;
	const IDS_AT_MOST    = 100;
	const EVENTS         = 50;
	const EVENTS_AT_MOST = 100;

	/**
	 * By name: the HTTP method; the callback, which takes the IGNY8_Request and returns the contract's result; whether
	 * the route answers on a copy of the site, too; the parameters of the query, each with the check of
	 * IGNY8_Arguments that it has to pass and what that check needs to know.
	 */
	const TABLE = array(
		'status'             => array(
			'method'   => 'GET',
			'callback' => array( 'IGNY8_Status', 'status' ),
			'on_clone' => true,
			'args'     => array(),
		),
		'site-metadata'      => array(
			'method'   => 'GET',
			'callback' => array( 'IGNY8_Status', 'site_metadata' ),
			'on_clone' => true,
			'args'     => array(),
		),
		'post-by-content-id' => array(
			'method'   => 'GET',
			'callback' => array( 'IGNY8_Status', 'post_by_content_id' ),
			'on_clone' => true,
			'args'     => array( 'content_id' => array( 'app_id' ) ),
		),
		'posts'              => array(
			'method'   => 'GET',
			'callback' => array( 'IGNY8_Export', 'posts' ),
			'on_clone' => true,
			'args'     => array(
				'types'  => array( 'post_types' ),
				'after'  => array( 'integer', 0, 0, PHP_INT_MAX ),
				// Of whole items ITEMS_AT_MOST.
				'limit'  => array( 'integer', self::ITEMS_AT_MOST, 1, self::HASHES_AT_MOST ),
				'count'  => array( 'boolean' ),
				'ids'    => array( 'ids', self::IDS_AT_MOST ),
				'fields' => array( 'fields', 'hashes', 'links' ),
			),
		),
		'taxonomies'         => array(
			'method'   => 'GET',
			'callback' => array( 'IGNY8_Export', 'taxonomies' ),
			'on_clone' => true,
			'args'     => array(
				'after'  => array( 'integer', 0, 0, PHP_INT_MAX ),
				'limit'  => array( 'integer', self::ITEMS_AT_MOST, 1, self::ITEMS_AT_MOST ),
				'count'  => array( 'boolean' ),
				'ids'    => array( 'ids', self::IDS_AT_MOST ),
				'seo'    => array( 'boolean' ),
				// There are none: an app that asks for hashes of terms is not to take items for them.
				'fields' => array( 'fields' ),
			),
		),
		'health'             => array(
			'method'   => 'GET',
			'callback' => array( 'IGNY8_Health', 'answer' ),
			'on_clone' => true,
			'args'     => array(),
		),
		'pull-updates'       => array(
			'method'   => 'GET',
			'callback' => array( 'IGNY8_Pull_Updates', 'answer' ),
			'on_clone' => false,
			'args'     => array(
				'limit' => array( 'integer', self::EVENTS, 1, self::EVENTS_AT_MOST ),
				'ack'   => array( 'event_ids', self::EVENTS_AT_MOST ),
			),
		),
		'sync-settings'      => array(
			'method'   => 'POST',
			'callback' => array( 'IGNY8_Sync_Settings', 'answer' ),
			'on_clone' => false,
			'args'     => array(),
		),
		'upload-image'       => array(
			'method'   => 'POST',
			'callback' => array( 'IGNY8_Upload_Request', 'answer' ),
			'on_clone' => false,
			'args'     => array(
				'run_id'      => array( 'app_id' ),
				'content_id'  => array( 'app_id' ),
				'batch'       => array( 'boolean' ),
				'sha256'      => array( 'text' ),
				'file_sha256' => array( 'text' ),
				'filename'    => array( 'text' ),
				'alt'         => array( 'text' ),
				'title'       => array( 'text' ),
				'caption'     => array( 'text' ),
			),
		),
		'upload-file'        => array(
			'method'   => 'POST',
			'callback' => array( 'IGNY8_File_Upload', 'answer' ),
			'on_clone' => false,
			'args'     => array(
				'sha256'   => array( 'text' ),
				'filename' => array( 'text' ),
			),
		),
		'post-status'        => array(
			'method'   => 'POST',
			'callback' => array( 'IGNY8_Post_Status', 'answer' ),
			'on_clone' => false,
			'args'     => array(),
		),
		'site-setup'         => array(
			'method'   => 'POST',
			'callback' => array( 'IGNY8_Site_Setup', 'answer' ),
			'on_clone' => false,
			'args'     => array(),
		),
		'link-posts'         => array(
			'method'   => 'POST',
			'callback' => array( 'IGNY8_Linked_Posts', 'answer' ),
			'on_clone' => false,
			'args'     => array(),
		),
		// Its preflight tells of a copy among the problems, and it answers what was published before.
		'import-content'     => array(
			'method'   => 'POST',
			'callback' => array( 'IGNY8_Import', 'answer' ),
			'on_clone' => true,
			'args'     => array(),
		),
	);

	/**
	 * The HTTP method of a route.
	 *
	 * @param string $name Name of the route; one that is not there is asked for by POST, to be signed as such.
	 * @return string
	 */
	public static function method( $name ) {
		return isset( self::TABLE[ $name ] ) ? self::TABLE[ $name ]['method'] : 'POST';
	}

	/**
	 * Registers the routes for REST (transports 1 and 2). Everybody may call: the signature is what counts. POST is open
	 * for each of them, for proxies that drop the body of a GET.
	 */
	public static function register() {
		foreach ( self::TABLE as $name => $route ) {
			register_rest_route(
				IGNY8_Plugin::REST_NAMESPACE,
				'/' . $name,
				array(
					'methods'             => array_unique( array( $route['method'], 'POST' ) ),
					'permission_callback' => '__return_true',
					'callback'            => static function () use ( $name ) {
						IGNY8_Server::serve( $name );
					},
				)
			);
		}
		$route = isset( $GLOBALS['wp']->query_vars['rest_route'] ) ? (string) $GLOBALS['wp']->query_vars['rest_route'] : '';
		if ( 0 === strpos( $route, '/' . IGNY8_Plugin::REST_NAMESPACE . '/' ) ) {
			// Core's hundred routes are of no use to this request, and a publish is several requests.
			remove_action( 'rest_api_init', 'create_initial_rest_routes', 99 );
		}
	}

	/**
	 * Takes a request that was let in to the callback of its route.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed>|object The contract's result.
	 * @throws IGNY8_Exception When there is no such route, a parameter will not do, or the callback refuses.
	 */
	public static function dispatch( $request ) {
		if ( ! isset( self::TABLE[ $request->name ] ) || self::TABLE[ $request->name ]['method'] !== $request->method ) {
			throw new IGNY8_Exception( 'ROUTE_UNKNOWN', __( 'This version of the plugin has no such route. Update the plugin.', 'igny8' ), 404 );
		}
		$route = self::TABLE[ $request->name ];
		if ( ! $route['on_clone'] && IGNY8_Connection::is_clone( $request->connection ) ) {
			throw IGNY8_Connection::clone_error( $request->connection );
		}
		$request->check_params( $route['args'] );
		return call_user_func( $route['callback'], $request );
	}
}
