<?php
/**
 * The route upload-file.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- locks and reads past all caches: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * A document, sound or film of a planned site into the media library: it is there whole, or neither its row nor a file
 * of it is. The same bytes are stored once.
 */
class IGNY8_File_Upload {

	/**
	 * The endings that the app knows.
	 */
	const EXTENSIONS = array( 'pdf', 'docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp', 'mp3', 'm4a', 'ogg', 'wav', 'mp4', 'webm' );

	/**
	 * SHA-256 of the bytes.
	 *
	 * @var string
	 */
	private $hash;

	/**
	 * The bytes.
	 *
	 * @var string
	 */
	private $bytes;

	/**
	 * Name of the file, with its ending.
	 *
	 * @var string
	 */
	private $name;

	/**
	 * Stores what a request brings.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be stored.
	 */
	public static function answer( $request ) {
		return ( new self( $request->get_param( 'sha256' ), $request->get_param( 'filename' ), $request->body ) )->run();
	}

	/**
	 * Those endings of files that this site takes.
	 *
	 * @return string[]
	 */
	public static function extensions() {
		$taken = explode( '|', implode( '|', array_keys( get_allowed_mime_types() ) ) );
		return array_values( array_intersect( self::EXTENSIONS, $taken ) );
	}

	/**
	 * Takes the file.
	 *
	 * @param string $hash  SHA-256.
	 * @param string $name  Name of the file.
	 * @param string $bytes Bytes.
	 * @throws IGNY8_Exception When it is not a hash.
	 */
	private function __construct( $hash, $name, $bytes ) {
		if ( ! preg_match( '/^[0-9a-f]{64}\z/', $hash ) ) {
			throw new IGNY8_Exception( 'BAD_REQUEST', 'The parameter sha256 is not a SHA-256 in hex.', 400, 'media', array( 'field' => 'sha256' ) );
		}
		$this->hash  = $hash;
		$this->bytes = $bytes;
		$this->name  = sanitize_file_name( $name );
	}

	/**
	 * Stores the file.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be stored.
	 */
	private function run() {
		global $wpdb;
		if ( ! current_user_can( 'upload_files' ) ) {
			throw new IGNY8_Exception( 'USER_NOT_ALLOWED', __( 'The WordPress user that IGNY8 acts as may not upload files. Choose another one in Settings, IGNY8.', 'igny8' ), 403, 'media' );
		}
		if ( strlen( $this->bytes ) > wp_max_upload_size() ) {
			/* translators: %s: size. */
			throw new IGNY8_Exception( 'FILE_TOO_LARGE', sprintf( __( 'The file is larger than the %s that this server takes.', 'igny8' ), size_format( wp_max_upload_size() ) ), 413, 'media' );
		}
		if ( hash( 'sha256', $this->bytes ) !== $this->hash ) {
			throw new IGNY8_Exception( 'FILE_DAMAGED', __( 'The file arrived damaged.', 'igny8' ), 422, 'media', array( 'received_bytes' => strlen( $this->bytes ) ), true );
		}
		if ( ! in_array( strtolower( pathinfo( $this->name, PATHINFO_EXTENSION ) ), self::extensions(), true ) ) {
			throw self::refused();
		}
		// Two requests may bring the same file at once; the second waits and finds it.
		$lock = 'igny8:' . md5( DB_NAME . $wpdb->prefix . $this->hash );
		$wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 20)', $lock ) );
		try {
			$there = IGNY8_Media::find( array( $this->hash ) );
			return isset( $there[ $this->hash ] ) ? $this->result( $there[ $this->hash ], false ) : $this->store();
		} finally {
			$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', $lock ) );
		}
	}

	/**
	 * Stores a new file.
	 *
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be stored.
	 */
	private function store() {
		$file  = $this->write_file();
		$guard = new IGNY8_Die_Guard();
		$id    = 0;
		try {
			$id = $this->insert( $file );
			require_once ABSPATH . 'wp-admin/includes/image.php';
			require_once ABSPATH . 'wp-admin/includes/media.php';
			wp_update_attachment_metadata( $id, wp_generate_attachment_metadata( $id, $file ) );
			return $this->result( $id, true );
		} catch ( Throwable $thrown ) {
			$guard->release();
			if ( $id > 0 ) {
				IGNY8_Media::delete( $id );
			}
			IGNY8_Media::delete_planned_file( _wp_relative_upload_path( $file ), $this->hash );
			throw IGNY8_Exception::from_hook( $thrown, 'media' );
		} finally {
			$guard->release();
		}
	}

	/**
	 * Writes the bytes aside, has WordPress look at them, and gives them a name that no other file has. A file that a
	 * request left which ended before the attachment was there is taken.
	 *
	 * @return string Path.
	 * @throws IGNY8_Exception When it cannot be written, or WordPress does not take it.
	 */
	private function write_file() {
		$uploads = wp_upload_dir();
		if ( ! empty( $uploads['error'] ) ) {
			throw self::not_stored( (string) $uploads['error'] );
		}
		$partial = IGNY8_Media::partial_name( $uploads['path'] . '/' . $this->name, $this->hash );
		// phpcs:disable WordPress.PHP.NoSilencedErrors, WordPress.WP.AlternativeFunctions -- failure is the answer.
		if ( strlen( $this->bytes ) !== @file_put_contents( $partial, $this->bytes ) ) {
			IGNY8_Media::unlink( $partial );
			throw self::not_stored( __( 'The file could not be written to the uploads folder: check its rights and the free space.', 'igny8' ) );
		}
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$checked = wp_check_filetype_and_ext( $partial, $this->name );
		if ( empty( $checked['ext'] ) || empty( $checked['type'] ) ) {
			IGNY8_Media::unlink( $partial );
			throw self::refused();
		}
		$file = $uploads['path'] . '/' . $this->name;
		if ( ! IGNY8_Media::is_left_over( $file, $this->hash ) ) {
			$file  = $uploads['path'] . '/' . wp_unique_filename( $uploads['path'], $this->name );
			$named = ! file_exists( $file ) && @rename( $partial, $file );
			if ( ! $named ) {
				IGNY8_Media::unlink( $partial );
				throw self::not_stored( '' );
			}
		}
		IGNY8_Media::unlink( $partial );
		$folder = stat( dirname( $file ) );
		chmod( $file, $folder['mode'] & 0000666 );
		// phpcs:enable WordPress.PHP.NoSilencedErrors, WordPress.WP.AlternativeFunctions
		return $file;
	}

	/**
	 * Makes the row of the attachment, in one transaction.
	 *
	 * @param string $file Path.
	 * @return int Attachment.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private function insert( $file ) {
		$transaction = new IGNY8_Transaction( 'media' );
		$transaction->begin();
		try {
			$id = $this->insert_row( $file );
			$transaction->commit();
			return $id;
		} catch ( Throwable $thrown ) {
			$transaction->rollback();
			foreach ( $transaction->posts() as $post_id ) {
				IGNY8_Cleanup::remove_post( $post_id );
			}
			throw $thrown;
		}
	}

	/**
	 * Makes the row, within a transaction.
	 *
	 * @param string $file Path.
	 * @return int Attachment.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private function insert_row( $file ) {
		$type = wp_check_filetype( $file );
		$post = array(
			'post_mime_type' => (string) $type['type'],
			'post_title'     => pathinfo( $this->name, PATHINFO_FILENAME ),
			'post_status'    => 'inherit',
			'meta_input'     => array( IGNY8_Media::HASH_META => $this->hash ),
		);
		$id   = wp_insert_attachment( wp_slash( $post ), $file, 0, true );
		if ( is_wp_error( $id ) || 0 === $id ) {
			throw self::not_stored( is_wp_error( $id ) ? $id->get_error_message() : '' );
		}
		return $id;
	}

	/**
	 * The contract's result.
	 *
	 * @param int  $id      Attachment.
	 * @param bool $created Whether it was made now.
	 * @return array<string,mixed>
	 */
	private function result( $id, $created ) {
		return array(
			'attachment_id' => $id,
			'url'           => (string) wp_get_attachment_url( $id ),
			'sha256'        => $this->hash,
			'created'       => $created,
		);
	}

	/**
	 * The error of a file that WordPress does not take.
	 *
	 * @return IGNY8_Exception
	 */
	private static function refused() {
		return new IGNY8_Exception( 'FILE_TYPE_REFUSED', __( 'This WordPress does not take files of this type, or the file is not what its name says.', 'igny8' ), 422, 'media' );
	}

	/**
	 * The error of a file that could not be stored.
	 *
	 * @param string $reason Reason.
	 * @return IGNY8_Exception
	 */
	private static function not_stored( $reason ) {
		/* translators: %s: reason. */
		return new IGNY8_Exception( 'FILE_NOT_STORED', trim( sprintf( __( 'The file could not be stored. %s', 'igny8' ), $reason ) ), 500, 'media', array(), true );
	}
}
