<?php
/**
 * Where an image is used.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Looks for an image in all of WordPress. In doubt it is used: an image too many does less harm than one that is gone.
 */
class IGNY8_Image_Usage {

	/**
	 * Whether anything uses an attachment; revisions do not count.
	 *
	 * @param int  $id         Attachment.
	 * @param int  $post_id    Post it belonged to.
	 * @param bool $with_trash Whether the texts of what is in the trash count.
	 * @return bool
	 */
	public static function is_used( $id, $post_id, $with_trash = true ) {
		$attachment = get_post( $id );
		$file       = (string) get_post_meta( $id, '_wp_attached_file', true );
		if ( null === $attachment || '' === $file ) {
			return true;
		}
		$parent = $attachment->post_parent > 0 && $attachment->post_parent !== $post_id ? get_post( $attachment->post_parent ) : null;
		if ( null !== $parent && has_shortcode( $parent->post_content, 'gallery' ) ) {
			// A gallery shortcode shows all that is attached.
			return true;
		}
		// Also finds the sizes made of it.
		$path = preg_replace( '/(-scaled)?\.\w+\z/', '', $file );
		return self::in_posts( $id, $path, $with_trash ) || self::in_meta( $id, $path ) || self::in_options( $id, $path );
	}

	/**
	 * Whether the text of a post shows it.
	 *
	 * @param int    $id         Attachment.
	 * @param string $path       Path below uploads, without the ending.
	 * @param bool   $with_trash Whether what is in the trash counts.
	 * @return bool
	 */
	private static function in_posts( $id, $path, $with_trash ) {
		global $wpdb;
		$left_out = $with_trash ? '' : " AND post_status <> 'trash'";
		$by_id    = '(wp-image-|"id":|"mediaId":|"ids":\\[[0-9,]*|ids="[0-9, ]*)' . $id . '[^0-9]';
		return null !== $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM {$wpdb->posts} WHERE post_type NOT IN ('revision', 'attachment')$left_out AND (" . self::holds_address( 'post_content', $path ) . ' OR post_content RLIKE %s) LIMIT 1', $by_id ) ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	/**
	 * Whether a post or a term has it as its image, or a field with its id or address.
	 *
	 * @param int    $id   Attachment.
	 * @param string $path Path below uploads, without the ending.
	 * @return bool
	 */
	private static function in_meta( $id, $path ) {
		global $wpdb;
		// Fields whose name begins with an underscore are a plugin's own; those that people fill in do not.
		$sql  = "SELECT 1 FROM %m WHERE %o <> %d AND ((meta_key IN ('_thumbnail_id', 'thumbnail_id') AND meta_value = %s) OR (meta_key = '_product_image_gallery' AND FIND_IN_SET(%s, meta_value)) OR (meta_key NOT LIKE %s AND meta_value = %s) OR %p) LIMIT 1";
		$path = self::holds_address( 'meta_value', $path ) . ' OR ' . self::holds_address( 'meta_value', str_replace( '/', '\\/', $path ) );
		$args = array( $id, $id, $wpdb->esc_like( '_' ) . '%', $id );
		foreach ( array(
			$wpdb->postmeta => 'post_id',
			$wpdb->termmeta => 'term_id',
		) as $table => $owner ) {
			$query = str_replace( array( '%m', '%o', '%p' ), array( $table, $owner, $path ), $sql );
			if ( null !== $wpdb->get_var( $wpdb->prepare( $query, array_merge( array( 'post_id' === $owner ? $id : 0 ), $args ) ) ) ) { // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether the site's icon, logo, header, theme or a widget shows it.
	 *
	 * @param int    $id   Attachment.
	 * @param string $path Path below uploads, without the ending.
	 * @return bool
	 */
	private static function in_options( $id, $path ) {
		global $wpdb;
		$names = array( $wpdb->esc_like( 'theme_mods_' ) . '%', $wpdb->esc_like( 'widget_' ) . '%' );
		return null !== $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM {$wpdb->options} WHERE (option_name IN ('site_icon', 'site_logo') AND option_value = %s) OR ((option_name LIKE %s OR option_name LIKE %s) AND (" . self::holds_address( 'option_value', $path ) . ' OR option_value LIKE %s)) LIMIT 1', $id, $names[0], $names[1], '%i:' . $id . ';%' ) ); // phpcs:ignore WordPress.DB.PreparedSQL
	}

	/**
	 * Condition that a column holds the address of a file or of a size made of it, but not of another file whose name
	 * begins alike. Prepared, with the percent signs that wpdb has put aside.
	 *
	 * @param string $column Column.
	 * @param string $path   Path below uploads, without the ending.
	 * @return string
	 */
	private static function holds_address( $column, $path ) {
		global $wpdb;
		$contains = '%' . $wpdb->esc_like( $path ) . '%';
		$exactly  = preg_quote( $path, '/' ) . '(-[0-9]+x[0-9]+|-scaled)?[.]';
		return $wpdb->prepare( "($column LIKE %s AND $column RLIKE %s)", $contains, $exactly ); // phpcs:ignore WordPress.DB.PreparedSQL
	}
}
